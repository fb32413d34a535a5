import type { Generation } from "../domain/generation.ts";
import type { GenerationWebhooks } from "../ports/webhooks.ts";
import type { Database } from "./client.ts";
import { generationsDeclaration } from "./generations.ts";

export function createGenerationWebhooks(database: Database): GenerationWebhooks {
  const generations = database.collection<Generation>(generationsDeclaration.name);

  return {
    begin: async ({ generationId, now }) => {
      await generations.run((collection) =>
        collection.updateOne(
          { _id: generationId, webhook_url: { $exists: true }, webhook: { $exists: false } },
          { $set: { webhook: { attempts: 0, due_at: now } } },
        ),
      );
    },

    claim: ({ generationId, dueBefore, leaseUntil }) =>
      generations.run((collection) =>
        collection.findOneAndUpdate(
          { _id: generationId, "webhook.due_at": { $lte: dueBefore } },
          { $set: { "webhook.due_at": leaseUntil }, $inc: { "webhook.attempts": 1 } },
          { returnDocument: "after" },
        ),
      ),

    end: async ({ generationId, outcome, deliveredAt }) => {
      await generations.run((collection) =>
        collection.updateOne(
          { _id: generationId, "webhook.delivered_at": { $exists: false } },
          {
            $set: {
              "webhook.last_outcome": outcome,
              ...(deliveredAt === null ? {} : { "webhook.delivered_at": deliveredAt }),
            },
            $unset: { "webhook.due_at": "" },
          },
        ),
      );
    },

    postpone: async ({ generationId, outcome, dueAt }) => {
      await generations.run((collection) =>
        collection.updateOne(
          { _id: generationId, "webhook.due_at": { $exists: true } },
          { $set: { "webhook.last_outcome": outcome, "webhook.due_at": dueAt } },
        ),
      );
    },

    findDue: async ({ before, limit }) => {
      const found = await generations.run((collection) =>
        collection
          .find({ "webhook.due_at": { $lt: before } })
          .sort({ "webhook.due_at": 1, _id: 1 })
          .limit(limit)
          .project<{ _id: string }>({ _id: 1 })
          .toArray(),
      );
      return found.map(({ _id }) => _id);
    },
  };
}
