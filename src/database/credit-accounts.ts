import type { Filter, UpdateFilter } from "mongodb";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { User } from "../domain/user.ts";
import type { CreditAccounts } from "../ports/billing.ts";
import type { Database } from "./client.ts";
import { usersDeclaration } from "./users.ts";

/** How many grants an account remembers. Older ones are in the ledger, which is asked first. */
const rememberedGrants = 200;

/** Ids come from outside; none may reach other fields. */
function assertFieldName(id: string): void {
  if (!/^[A-Za-z0-9_-]+$/.test(id)) throw new Error("an id of Stripe has characters that a field cannot have");
}

/** The path of what is kept about one charge. */
function reclaimPath(chargeId: string): string {
  assertFieldName(chargeId);
  return `reclaims.${chargeId}`;
}

/** Moves balance and granted by the same, and takes the ledger's entry along. */
function movement(credits: number, entry: LedgerEntry | null, now: Date) {
  return {
    $inc: { credits_remaining: credits, credits_granted: credits },
    $push: entry === null ? {} : { unbooked_entries: entry },
    $set: { updated_at: now, ...(entry === null ? {} : { unbooked_since: now }) },
  };
}

const noNotice = { is_low_balance: "", low_balance_due_at: "" } as const;

export function createCreditAccounts(database: Database): CreditAccounts {
  const users = database.collection<User>(usersDeclaration.name);

  async function change(filter: Filter<User>, update: UpdateFilter<User>): Promise<boolean> {
    // Older servers refuse an operator that says nothing.
    const said = Object.entries(update).filter(([, fields]) => Object.keys(fields as object).length > 0);
    const result = await users.run((collection) => collection.updateOne(filter, Object.fromEntries(said)));
    return result.matchedCount === 1;
  }

  function findDue(filter: Filter<User>, field: keyof User, limit: number) {
    return users.run((collection) =>
      collection
        .find(filter)
        .sort({ [field]: 1, _id: 1 })
        .limit(limit)
        .toArray(),
    );
  }

  return {
    grant: async ({ userId, entry, debtCredits, now }) => {
      const { $inc, $push, $set } = movement(entry.amount_credits, entry, now);
      const debtBefore = debtCredits?.before === 0 ? { $in: [null, 0] } : debtCredits?.before;
      const isGranted = await change(
        {
          _id: userId,
          applied_grants: { $ne: entry._id },
          ...(entry.amount_credits < 0 ? { credits_remaining: { $gte: -entry.amount_credits } } : {}),
          ...(debtBefore === undefined ? {} : { plan_credit_debt: debtBefore as number }),
        },
        {
          $inc,
          $push: { ...$push, applied_grants: { $each: [entry._id], $slice: -rememberedGrants } },
          $set: { ...$set, ...(debtCredits === undefined ? {} : { plan_credit_debt: debtCredits.after }) },
          $unset: entry.amount_credits > 0 ? noNotice : {},
        } as UpdateFilter<User>,
      );
      if (isGranted) return "granted";
      const user = await users.run((collection) => collection.findOne({ _id: userId }));
      if (user === null) return "no_account";
      return user.applied_grants?.includes(entry._id) === true ? "repeated" : "changed";
    },

    reclaim: ({ userId, chargeId, before, after, changeCredits, entry, now }) => {
      const path = reclaimPath(chargeId);
      Object.keys(after.disputes ?? {}).forEach(assertFieldName);
      const { $inc, $push, $set } = movement(changeCredits, entry, now);
      return change(
        {
          _id: userId,
          ...(before === undefined ? { [path]: { $exists: false } } : { [`${path}.changes`]: before.changes }),
          ...(changeCredits < 0 ? { credits_remaining: { $gte: -changeCredits } } : {}),
        },
        { $inc, $push, $set: { ...$set, [path]: after } } as UpdateFilter<User>,
      );
    },

    renewAllowance: ({ userId, dueAt, nextAt, balanceCredits, entry, now }) => {
      const { $inc, $push, $set } = movement(entry?.amount_credits ?? 0, entry, now);
      return change(
        {
          _id: userId,
          allowance_renews_at: dueAt,
          subscription_tier: "free",
          is_active: true,
          credits_remaining: balanceCredits,
        },
        {
          $inc,
          $push,
          $set: { ...$set, allowance_renews_at: nextAt },
          $unset: entry === null ? {} : noNotice,
        } as UpdateFilter<User>,
      );
    },

    findAllowancesDue: ({ now, limit }) =>
      findDue(
        { allowance_renews_at: { $lte: now }, subscription_tier: "free", is_active: true },
        "allowance_renews_at",
        limit,
      ),

    findUnbooked: ({ before, limit }) => findDue({ unbooked_since: { $lt: before } }, "unbooked_since", limit),

    confirmBooked: async ({ userId, entryId }) => {
      const isOther = { $ne: ["$$this._id", { $literal: entryId }] };
      const unlessEmpty = (field: string) => ({ $cond: [{ $eq: ["$unbooked_entries", []] }, "$$REMOVE", field] });
      await users.run((collection) =>
        collection.updateOne({ _id: userId, unbooked_entries: { $exists: true } }, [
          { $set: { unbooked_entries: { $filter: { input: "$unbooked_entries", cond: isOther } } } },
          {
            $set: {
              unbooked_entries: unlessEmpty("$unbooked_entries"),
              unbooked_since: unlessEmpty("$unbooked_since"),
            },
          },
        ]),
      );
    },

    findLowBalances: ({ limit }) => findDue({ low_balance_due_at: { $exists: true } }, "low_balance_due_at", limit),

    takeLowBalanceNotice: ({ userId, dueAt }) =>
      change({ _id: userId, low_balance_due_at: dueAt }, { $unset: { low_balance_due_at: "" } }),

    returnLowBalanceNotice: async ({ userId, dueAt }) => {
      await change({ _id: userId, is_low_balance: true }, { $set: { low_balance_due_at: dueAt } });
    },
  };
}
