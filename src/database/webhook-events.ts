import type { WebhookEvents } from "../ports/webhook-events.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const webhookEventsDeclaration: CollectionDeclaration = { name: "webhook_events", indexes: [expiresAtIndex] };

/** A document of `webhook_events`; its id is the provider's. */
interface WebhookEvent {
  readonly _id: string;
  readonly source: string;
  readonly locked_until: Date;
  readonly is_done?: true;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The document may go between the upsert and the look at it; more often than this it does not. */
const maxLooks = 5;

export function createWebhookEvents(database: Database): WebhookEvents {
  const events = database.collection<WebhookEvent>(webhookEventsDeclaration.name);

  /** A new event, one whose processing died, or one that expired and was not removed yet. */
  async function taken({ id, source, now, lockedUntil, expiresAt }: Parameters<WebhookEvents["start"]>[0]) {
    try {
      const result = await events.run((collection) =>
        collection.updateOne(
          {
            _id: id,
            $or: [{ expires_at: { $lte: now } }, { is_done: { $exists: false }, locked_until: { $lte: now } }],
          },
          {
            $set: { source, locked_until: lockedUntil, expires_at: expiresAt, updated_at: now },
            $setOnInsert: { created_at: now },
            $unset: { is_done: "" },
          },
          { upsert: true },
        ),
      );
      return result.matchedCount + result.upsertedCount === 1;
    } catch (error) {
      // It is there and not to be had, so that the upsert tried to insert a second one.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return {
    start: async (input) => {
      for (let look = 0; look < maxLooks; look += 1) {
        if (await taken(input)) return "started";
        const found = await events.run((collection) => collection.findOne({ _id: input.id }));
        if (found !== null) return found.is_done ? "done" : "running";
      }
      return "running";
    },

    complete: async (id) => {
      await events.run((collection) => collection.updateOne({ _id: id }, { $set: { is_done: true } }));
    },

    release: async (id) => {
      await events.run((collection) => collection.deleteOne({ _id: id, is_done: { $exists: false } }));
    },
  };
}
