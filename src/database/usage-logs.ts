import type { UsageLog } from "../domain/usage.ts";
import type { UsageDay, UsageLogs } from "../ports/usage.ts";
import type { Database } from "./client.ts";
import { onlyDuplicates } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const usageLogsDeclaration: CollectionDeclaration = {
  name: "usage_logs",
  indexes: [
    { key: { user_id: 1, created_at: -1 } },
    { key: { action_type: 1 } },
    { key: { user_id: 1, action_type: 1 } },
    { key: { resource_id: 1 }, sparse: true },
    { key: { user_id: 1, action_type: 1, created_at: -1 } },
    expiresAtIndex,
  ],
};

const countIf = (condition: Record<string, unknown>) => ({ $sum: { $cond: [condition, 1, 0] } });

/** A request has a status; what was booked because of one has none. */
const isRequest = { $gte: ["$status_code", 100] };
const isAnswer = { $and: [{ $eq: ["$action_type", "chat_message"] }, { $not: [isRequest] }] };

export function createUsageLogs(database: Database): UsageLogs {
  const logs = database.collection<UsageLog>(usageLogsDeclaration.name);

  return {
    insertMany: async (added) => {
      try {
        await logs.run((collection) => collection.insertMany([...added], { ordered: false }));
      } catch (error) {
        if (!onlyDuplicates(error)) throw error;
      }
    },

    daily: async ({ userId, from, to }) => {
      const days = await logs.run((collection) =>
        collection
          .aggregate<Omit<UsageDay, "date"> & { _id: string }>([
            { $match: { user_id: userId, created_at: { $gte: from, $lt: to } } },
            {
              $group: {
                _id: { $dateToString: { date: "$created_at", format: "%Y-%m-%d" } },
                requests: countIf(isRequest),
                chat_messages: countIf(isAnswer),
                tokens: { $sum: "$metadata.tokens" },
                images: { $sum: "$metadata.images" },
                credits: { $sum: "$credits_used" },
                errors: countIf({ $gte: ["$status_code", 400] }),
              },
            },
            { $sort: { _id: 1 } },
          ])
          .toArray(),
      );
      return days.map(({ _id: date, ...counts }) => ({ date, ...counts }));
    },
  };
}
