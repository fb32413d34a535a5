import type { Counts, ErasureReport, Erasures } from "../ports/user-data.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { behind, pageOf } from "./paging.ts";

export const erasureReportsDeclaration: CollectionDeclaration = {
  name: "erasure_reports",
  indexes: [{ key: { status: 1, created_at: 1, _id: 1 } }, { key: { created_at: -1, _id: -1 } }],
};

function increments(prefix: string, counts: Counts = {}): [string, number][] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => [`${prefix}.${name}`, count]);
}

export function createErasures(database: Database): Erasures {
  const reports = database.collection<ErasureReport>(erasureReportsDeclaration.name);

  const find = (id: string) => reports.run((collection) => collection.findOne({ _id: id }));

  return {
    find,

    request: async ({ userId, pseudonym, now }) => {
      const report: ErasureReport = {
        _id: pseudonym,
        user_id: userId,
        status: "pending",
        attempts: 0,
        removed: {},
        anonymised: {},
        stores: {},
        created_at: now,
      };
      try {
        await reports.run((collection) => collection.insertOne(report));
        return report;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await find(pseudonym)) ?? report;
      }
    },

    findPending: ({ limit }) =>
      reports.run((collection) =>
        collection.find({ status: "pending" }).sort({ created_at: 1, _id: 1 }).limit(limit).toArray(),
      ),

    begin: async ({ id, now }) => {
      await reports.run((collection) =>
        collection.updateOne({ _id: id, status: "pending" }, { $min: { started_at: now }, $inc: { attempts: 1 } }),
      );
    },

    add: async ({ id, removed, anonymised, stores }) => {
      const counts = [
        ...increments("removed", removed),
        ...increments("anonymised", anonymised),
        ...increments("stores", stores),
      ];
      if (counts.length === 0) return;
      await reports.run((collection) => collection.updateOne({ _id: id }, { $inc: Object.fromEntries(counts) }));
    },

    postpone: async ({ id, reason }) => {
      await reports.run((collection) =>
        collection.updateOne({ _id: id, status: "pending" }, { $set: { last_error: reason } }),
      );
    },

    finish: async ({ id, now }) => {
      await reports.run((collection) =>
        collection.updateOne(
          { _id: id, status: "pending" },
          { $set: { status: "completed", finished_at: now }, $unset: { user_id: "", last_error: "" } },
        ),
      );
    },

    list: async ({ after, limit }) =>
      pageOf(
        await reports.run((collection) =>
          collection
            .find(behind("created_at", after))
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),
  };
}
