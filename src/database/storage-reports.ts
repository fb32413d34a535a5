import type { StorageReport, StorageReports } from "../ports/storage-reports.ts";
import type { Database } from "./client.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const storageReportsDeclaration: CollectionDeclaration = { name: "storage_reports", indexes: [] };

/** The one document: the last run's. */
const reportId = "verify-storage";

export function createStorageReports(database: Database): StorageReports {
  const reports = database.collection<StorageReport & { readonly _id: string }>(storageReportsDeclaration.name);
  return {
    lastReport: () => reports.run((collection) => collection.findOne({ _id: reportId }, { projection: { _id: 0 } })),
    save: async (report) => {
      await reports.run((collection) => collection.replaceOne({ _id: reportId }, report, { upsert: true }));
    },
  };
}
