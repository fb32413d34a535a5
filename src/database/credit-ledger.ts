import { type LedgerEntry, ledgerEntryId } from "../domain/ledger.ts";
import type { BillingLedger } from "../ports/billing.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { behind, pageOf } from "./paging.ts";

export const creditLedgerDeclaration: CollectionDeclaration = {
  name: "credit_ledger",
  indexes: [
    { key: { user_id: 1, created_at: -1 } },
    { key: { user_id: 1, created_at: -1, _id: -1 } },
    { key: { source_ids: 1 }, sparse: true },
  ],
};

export function createLedger(database: Database): BillingLedger {
  const ledger = database.collection<LedgerEntry>(creditLedgerDeclaration.name);

  return {
    record: async (entry) => {
      try {
        await ledger.run((collection) => collection.insertOne(entry));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    find: (entry) => ledger.run((collection) => collection.findOne({ _id: ledgerEntryId(entry) })),

    findPaid: (sourceIds) =>
      ledger.run((collection) =>
        collection
          .find({ source_ids: { $in: [...sourceIds] } })
          .sort({ _id: 1 })
          .limit(10)
          .toArray(),
      ),

    list: async ({ userId, after, limit }) =>
      pageOf(
        await ledger.run((collection) =>
          collection
            .find({ user_id: userId, ...behind("created_at", after) })
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),
  };
}
