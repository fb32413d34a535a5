import type { OrphanReport, OrphanReports } from "../ports/orphan-reports.ts";
import type { Database } from "./client.ts";
import { storageReportsDeclaration } from "./storage-reports.ts";

/** The one document of this report, beside the one of verify-storage. */
const reportId = "find-orphans";

export function createOrphanReports(database: Database): OrphanReports {
  const reports = database.collection<OrphanReport & { readonly _id: string }>(storageReportsDeclaration.name);
  return {
    last: () => reports.run((collection) => collection.findOne({ _id: reportId }, { projection: { _id: 0 } })),
    save: async (report) => {
      await reports.run((collection) => collection.replaceOne({ _id: reportId }, report, { upsert: true }));
    },
  };
}
