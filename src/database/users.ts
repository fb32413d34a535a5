import { nextMonth } from "../domain/allowance.ts";
import { accountGrant } from "../domain/ledger.ts";
import { concurrentTurns, lowBalanceCredits, type SubscriptionTier, subscriptionTiers } from "../domain/plans.ts";
import type { User } from "../domain/user.ts";
import type { HoldResult, Taken, Users } from "../ports/users.ts";
import { type Database, promptly } from "./client.ts";
import { isDuplicateOf } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const usersDeclaration: CollectionDeclaration = {
  name: "users",
  indexes: [
    { key: { username: 1 }, unique: true, sparse: true },
    { key: { email: 1 }, unique: true, sparse: true },
    // Not sparse: a sparse index over two fields also holds documents that have only one, and all guests have the first.
    {
      key: { auth_provider: 1, auth_provider_id: 1 },
      unique: true,
      partialFilterExpression: { auth_provider_id: { $exists: true } },
    },
    { key: { linked_identities: 1 }, unique: true, sparse: true },
    { key: { auth_provider_id: 1 } },
    { key: { stripe_customer_id: 1 }, sparse: true },
    { key: { created_at: -1 } },
    { key: { created_at: -1, _id: -1 } },
    { key: { role: 1, is_active: 1 } },
    { key: { is_active: 1 } },
    { key: { subscription_tier: 1, is_active: 1 } },
    { key: { last_hold_at: 1, _id: 1 }, partialFilterExpression: { last_hold_at: { $exists: true } } },
    { key: { unbooked_since: 1, _id: 1 }, partialFilterExpression: { unbooked_since: { $exists: true } } },
    { key: { allowance_renews_at: 1, _id: 1 }, partialFilterExpression: { allowance_renews_at: { $exists: true } } },
    { key: { low_balance_due_at: 1, _id: 1 }, partialFilterExpression: { low_balance_due_at: { $exists: true } } },
  ],
};

/** Runs a write and names the unique field that refused it, if one did. */
async function orTaken<R>(write: () => Promise<R>): Promise<R | Taken> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicateOf(error, "email")) return "email_taken";
    if (isDuplicateOf(error, "username")) return "username_taken";
    throw error;
  }
}

/** The path of one hold. Ids come from our own generator; anything else could reach other fields. */
function holdPath(resourceId: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(resourceId)) throw new Error("the id of a hold has characters that a field cannot have");
  return `credit_holds.${resourceId}`;
}

/** Holds of everything but generations, whose number the queue decides: one for each answer that is being written. */
const runningTurns = {
  $size: {
    $filter: {
      input: { $objectToArray: "$credit_holds" },
      as: "hold",
      cond: { $ne: [{ $substrCP: ["$$hold.k", 0, 4] }, "gen_"] },
    },
  },
};

function countTurns(user: User): number {
  return Object.keys(user.credit_holds).filter((resourceId) => !resourceId.startsWith("gen_")).length;
}

function assertCredits(credits: number): void {
  if (!Number.isSafeInteger(credits) || credits < 0) throw new Error("credits are whole numbers from 0");
}

/** @param turns how many answers an account may have written at a time */
export function createUsers(
  database: Database,
  turns: Readonly<Record<SubscriptionTier, number>> = concurrentTurns,
): Users {
  const users = database.collection<User>(usersDeclaration.name);

  /** Holds last as long as their answers and go with them, also when a process dies; so they count what runs everywhere. */
  const hasFreeTurn = {
    $lt: [
      runningTurns,
      {
        $switch: {
          branches: subscriptionTiers.map((tier) => ({
            case: { $eq: ["$subscription_tier", tier] },
            // biome-ignore lint/suspicious/noThenProperty: the name of an operator's argument
            then: turns[tier],
          })),
          default: turns.free,
        },
      },
    ],
  };

  async function explainRefusedHold({
    userId,
    resourceId,
    isTurn,
  }: Parameters<Users["holdCredits"]>[0]): Promise<HoldResult> {
    const user = await users.run((collection) => collection.findOne({ _id: userId, is_active: true }));
    if (user === null) return { outcome: "no_account" };
    const heldCredits = user.credit_holds[resourceId];
    if (heldCredits !== undefined) return { outcome: "held", heldCredits };
    const allowed = turns[user.subscription_tier];
    if (isTurn && countTurns(user) >= allowed) return { outcome: "too_many_turns", allowed };
    return { outcome: "insufficient", balanceCredits: user.credits_remaining };
  }

  return {
    insert: (user) =>
      orTaken(async () => {
        await users.run((collection) => collection.insertOne(user));
        return "inserted" as const;
      }),

    findById: (userId) => promptly(users.run((collection) => collection.findOne({ _id: userId }))),

    findByEmail: (email) => promptly(users.run((collection) => collection.findOne({ email }))),

    upgradeGuest: async (input) => {
      assertCredits(input.grantCredits);
      const upgraded = await orTaken(() =>
        users.run((collection) =>
          collection.findOneAndUpdate(
            { _id: input.userId, auth_provider: "guest", is_active: true },
            {
              $set: {
                auth_provider: "email",
                email: input.email,
                ...(input.username === undefined ? {} : { username: input.username }),
                ...(input.fullName === undefined ? {} : { full_name: input.fullName }),
                hashed_password: input.hashedPassword,
                allowance_renews_at: nextMonth(input.now),
                last_login_at: input.now,
                unbooked_since: input.now,
                updated_at: input.now,
              },
              $inc: { token_version: 1, credits_remaining: input.grantCredits, credits_granted: input.grantCredits },
              $push: {
                unbooked_entries: accountGrant({
                  userId: input.userId,
                  amountCredits: input.grantCredits,
                  now: input.now,
                }),
              },
            },
            { returnDocument: "after" },
          ),
        ),
      );
      return upgraded ?? "not_a_guest";
    },

    recordLogin: async ({ userId, proof, now }) => {
      const known =
        "identity" in proof ? { linked_identities: proof.identity } : { hashed_password: proof.hashedPassword };
      const result = await users.run((collection) =>
        collection.updateOne({ _id: userId, is_active: true, ...known }, { $set: { last_login_at: now } }),
      );
      return result.matchedCount === 1;
    },

    update: async ({ userId, changes: { profile = {}, ...changes }, now }) => {
      // Field by field, so that of two changes at once neither takes the other's back.
      const profileChanges = Object.fromEntries(
        Object.entries(profile).map(([field, value]) => [`profile.${field}`, value]),
      );
      const updated = await orTaken(() =>
        users.run((collection) =>
          collection.findOneAndUpdate(
            { _id: userId, is_active: true },
            { $set: { ...changes, ...profileChanges, updated_at: now } },
            { returnDocument: "after" },
          ),
        ),
      );
      if (updated === "email_taken") throw new Error("an update without an e-mail address cannot collide on it");
      return updated;
    },

    deactivate: async ({ userId, now }) => {
      const result = await users.run((collection) =>
        collection.updateOne(
          { _id: userId, is_active: true },
          {
            $set: { is_active: false, updated_at: now },
            $unset: { email: "", username: "", auth_provider_id: "", linked_identities: "", hashed_password: "" },
            $inc: { token_version: 1 },
          },
        ),
      );
      return result.matchedCount === 1;
    },

    holdCredits: async (input) => {
      const { userId, resourceId, credits, isTurn, now } = input;
      assertCredits(credits);
      const hold = holdPath(resourceId);
      const result = await users.run((collection) =>
        collection.updateOne(
          {
            _id: userId,
            is_active: true,
            credits_remaining: { $gte: credits },
            [hold]: { $exists: false },
            ...(isTurn ? { $expr: hasFreeTurn } : {}),
          },
          { $inc: { credits_remaining: -credits }, $set: { [hold]: credits, last_hold_at: now, updated_at: now } },
        ),
      );
      if (result.matchedCount === 1) return { outcome: "held", heldCredits: credits };
      return explainRefusedHold(input);
    },

    extendHold: async ({ userId, resourceId, credits }) => {
      assertCredits(credits);
      const hold = holdPath(resourceId);
      const result = await users.run((collection) =>
        collection.updateOne(
          { _id: userId, credits_remaining: { $gte: credits }, [hold]: { $exists: true } },
          { $inc: { credits_remaining: -credits, [hold]: credits } },
        ),
      );
      return result.matchedCount === 1;
    },

    settleHold: async ({ userId, resourceId, costCredits, now }) => {
      assertCredits(costCredits);
      const hold = holdPath(resourceId);
      const spent = { $min: [costCredits, `$${hold}`] };
      const isNewsThatItIsLow = {
        $and: [{ $lt: ["$credits_remaining", lowBalanceCredits] }, { $ne: ["$is_low_balance", true] }],
      };
      const result = await users.run((collection) =>
        collection.updateOne({ _id: userId, [hold]: { $exists: true } }, [
          {
            $set: {
              credits_spent: { $add: ["$credits_spent", spent] },
              credits_remaining: { $add: ["$credits_remaining", { $subtract: [`$${hold}`, spent] }] },
              updated_at: now,
            },
          },
          // Told once, by a timer; the mark goes when credits come.
          {
            $set: {
              low_balance_due_at: { $cond: [isNewsThatItIsLow, now, "$low_balance_due_at"] },
              is_low_balance: { $cond: [isNewsThatItIsLow, true, "$is_low_balance"] },
            },
          },
          { $unset: hold },
        ]),
      );
      return result.matchedCount === 1;
    },

    findWithHolds: ({ before, limit }) =>
      users.run((collection) =>
        collection
          .find({ last_hold_at: { $lt: before } })
          .sort({ last_hold_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    clearHoldMark: async ({ userId, lastHoldAt }) => {
      const noHoldIsLeft = { $eq: [{ $size: { $objectToArray: "$credit_holds" } }, 0] };
      await users.run((collection) =>
        collection.updateOne(
          { _id: userId, last_hold_at: lastHoldAt, $expr: noHoldIsLeft },
          { $unset: { last_hold_at: "" } },
        ),
      );
    },

    recordGeneration: async ({ userId, now }) => {
      await users.run((collection) =>
        collection.updateOne(
          { _id: userId },
          { $inc: { total_generations: 1 }, $set: { last_generation_at: now, updated_at: now } },
        ),
      );
    },
  };
}
