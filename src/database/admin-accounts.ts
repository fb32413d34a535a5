import type { Filter } from "mongodb";
import type { Subscription } from "../domain/subscription.ts";
import type { User } from "../domain/user.ts";
import type { AdminAccounts, UserFilter } from "../ports/admin.ts";
import type { Database } from "./client.ts";
import { type JobLock, jobLocksDeclaration, migrationLockName } from "./job-locks.ts";
import { behind, escapePattern, pageOf } from "./paging.ts";
import { subscriptionsDeclaration } from "./subscriptions.ts";
import { usersDeclaration } from "./users.ts";

const inForce: readonly Subscription["status"][] = ["active", "trialing", "past_due"];

function toFilter({ contains, tier, role, isActive, maxCredits }: UserFilter): Filter<User> {
  const text = contains === undefined ? null : { $regex: escapePattern(contains), $options: "i" };
  return {
    ...(tier === undefined ? {} : { subscription_tier: tier }),
    ...(role === undefined ? {} : { role }),
    ...(isActive === undefined ? {} : { is_active: isActive }),
    ...(maxCredits === undefined ? {} : { credits_remaining: { $lte: maxCredits } }),
    ...(text === null
      ? {}
      : { $and: [{ $or: [{ _id: contains }, { email: text }, { username: text }, { full_name: text }] }] }),
  } as Filter<User>;
}

export function createAdminAccounts(database: Database): AdminAccounts {
  const users = database.collection<User>(usersDeclaration.name);
  const subscriptions = database.collection<Subscription>(subscriptionsDeclaration.name);
  const locks = database.collection<JobLock>(jobLocksDeclaration.name);
  const expiring = ({ from, to }: { from: Date; to: Date }) =>
    ({ status: { $in: [...inForce] }, current_period_end: { $gte: from, $lte: to } }) as Filter<Subscription>;

  return {
    list: async ({ after, limit, ...wanted }) =>
      pageOf(
        await users.run((collection) =>
          collection
            .find({ ...toFilter(wanted), ...behind("created_at", after) } as Filter<User>)
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    change: ({ userId, changes, now }) =>
      users.run((collection) =>
        collection.findOneAndUpdate(
          { _id: userId },
          {
            $set: { ...changes, updated_at: now },
            ...(changes.is_active === undefined ? {} : { $inc: { token_version: 1 } }),
            // From here on the role is an administrator's word, not the settings'.
            ...(changes.role === undefined ? {} : { $unset: { role_granted_by: "" } }),
          },
          { returnDocument: "before" },
        ),
      ),

    hasOtherAdmin: async (userId) => {
      const other = await users.run((collection) =>
        collection.findOne({ role: "admin", is_active: true, _id: { $ne: userId } }, { projection: { _id: 1 } }),
      );
      return other !== null;
    },

    countByTier: async () => {
      const groups = await users.run((collection) =>
        collection
          .aggregate<{ _id: { tier: string; isActive: boolean }; count: number }>([
            { $group: { _id: { tier: "$subscription_tier", isActive: "$is_active" }, count: { $sum: 1 } } },
          ])
          .toArray(),
      );
      return groups.map(({ _id, count }) => ({ ..._id, count }));
    },

    countLowCredits: (maxCredits) =>
      users.run((collection) =>
        collection.countDocuments({ is_active: true, credits_remaining: { $lte: maxCredits } }),
      ),

    countPlans: async () => {
      const groups = await subscriptions.run((collection) =>
        collection
          .aggregate<{ _id: { plan: string; status: string }; count: number }>([
            { $group: { _id: { plan: "$plan", status: "$status" }, count: { $sum: 1 } } },
          ])
          .toArray(),
      );
      return groups.map(({ _id, count }) => ({ ..._id, count }));
    },

    listExpiring: async ({ from, to, after, limit }) =>
      pageOf(
        await subscriptions.run((collection) =>
          collection
            .find({
              ...expiring({ from: after?.at ?? from, to }),
              ...(after === undefined
                ? {}
                : { $or: [{ current_period_end: { $gt: after.at } }, { _id: { $gt: after.id } }] }),
            } as Filter<Subscription>)
            .sort({ current_period_end: 1, _id: 1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    countExpiring: (period) => subscriptions.run((collection) => collection.countDocuments(expiring(period))),

    jobs: async (now) => {
      const known = await locks.run((collection) =>
        collection
          .find({ _id: { $ne: migrationLockName } })
          .sort({ _id: 1 })
          .limit(100)
          .toArray(),
      );
      return known.map((lock) => ({
        name: lock._id,
        isRunning: lock.until !== undefined && lock.until > now,
        lastStartedAt: lock.acquired_at,
        lastEndedAt: lock.released_at ?? null,
        summary: lock.summary ?? null,
      }));
    },
  };
}
