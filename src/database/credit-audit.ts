import { type LedgerEntry, spendingReasons } from "../domain/ledger.ts";
import type { User } from "../domain/user.ts";
import type { CreditAudit } from "../ports/billing.ts";
import type { Database } from "./client.ts";
import { creditLedgerDeclaration } from "./credit-ledger.ts";
import { usersDeclaration } from "./users.ts";

/** Reads whole collections, a page at a time: for an audit, not for requests. */
export function createCreditAudit(database: Database): CreditAudit {
  const users = database.collection<User>(usersDeclaration.name);
  const ledger = database.collection<LedgerEntry>(creditLedgerDeclaration.name);

  return {
    listUsers: ({ afterId, limit }) =>
      users.run((collection) =>
        collection
          .find(afterId === undefined ? {} : { _id: { $gt: afterId } })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    findUsers: (userIds) => users.run((collection) => collection.find({ _id: { $in: [...userIds] } }).toArray()),

    sumLedger: async (userIds) => {
      const isSpending = { $in: ["$reason", spendingReasons] };
      const sums = await ledger.run((collection) =>
        collection
          .aggregate<{ _id: string; granted: number; spent: number }>([
            { $match: { user_id: { $in: [...userIds] } } },
            {
              $group: {
                _id: "$user_id",
                granted: { $sum: { $cond: [isSpending, 0, "$amount_credits"] } },
                spent: { $sum: { $cond: [isSpending, { $multiply: ["$amount_credits", -1] }, 0] } },
              },
            },
          ])
          .toArray(),
      );
      return new Map(sums.map(({ _id, granted, spent }) => [_id, { granted, spent }]));
    },
  };
}
