import type { Filter, UpdateFilter } from "mongodb";
import { AppError } from "../domain/errors.ts";
import type { Memory } from "../domain/memory.ts";
import type { Memories, MemoryChanges } from "../ports/memories.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";
import { behind, escapePattern, pageOf } from "./paging.ts";

export const memoriesDeclaration: CollectionDeclaration = {
  name: "chatbot_memory",
  indexes: [
    { key: { user_id: 1 } },
    { key: { conversation_id: 1 } },
    { key: { tags: 1 } },
    { key: { user_id: 1, importance: -1 } },
    expiresAtIndex,
    { key: { content_key: 1 }, unique: true, sparse: true },
    { key: { user_id: 1, importance: -1, _id: -1 } },
    { key: { user_id: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, memory_type: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, tags: 1, created_at: -1, _id: -1 } },
  ],
};

/** Tries of an upsert; each one more needs somebody to remove or add the same content in the same moment. */
const upsertTries = 5;

/** Those that have not expired: without a date, or with a later one. */
function alive(now: Date): Filter<Memory> {
  return { expires_at: { $not: { $lte: now } } };
}

function toUpdate(changes: MemoryChanges & { readonly importanceAtLeast?: number }, now: Date): UpdateFilter<Memory> {
  const { importanceAtLeast, ...fields } = changes;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const taken = given.filter(([, value]) => value === null);
  return {
    $set: { ...Object.fromEntries(given.filter(([, value]) => value !== null)), updated_at: now },
    ...(taken.length === 0 ? {} : { $unset: Object.fromEntries(taken.map(([field]) => [field, ""])) }),
    ...(importanceAtLeast === undefined ? {} : { $max: { importance: importanceAtLeast } }),
  } as UpdateFilter<Memory>;
}

export function createMemories(database: Database): Memories {
  const memories = database.collection<Memory>(memoriesDeclaration.name);

  /** Makes room for a content whose memory has expired but is not removed yet. */
  const removeExpiredContent = async (userId: string, contentKey: string, now: Date): Promise<void> => {
    await memories.run((collection) =>
      collection.deleteOne({ content_key: contentKey, user_id: userId, expires_at: { $lte: now } }),
    );
  };

  return {
    upsert: async ({ memory, changes, now }) => {
      const { user_id, content_key } = memory;
      for (let attempt = 0; attempt < upsertTries; attempt += 1) {
        const known = await memories.run((collection) =>
          collection.findOneAndUpdate({ content_key, user_id, ...alive(now) }, toUpdate(changes, now), {
            returnDocument: "after",
          }),
        );
        if (known !== null) return { memory: known, isNew: false };
        try {
          await memories.run((collection) => collection.insertOne(memory));
          return { memory, isNew: true };
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          await removeExpiredContent(user_id, content_key, now);
        }
      }
      throw new AppError("unavailable", { retryAfterSeconds: 1, isRetryable: true });
    },

    find: ({ userId, memoryId, now }) =>
      memories.run((collection) => collection.findOne({ _id: memoryId, user_id: userId, ...alive(now) })),

    exists: async ({ memoryId, now }) => {
      const found = await memories.run((collection) =>
        collection.findOne({ _id: memoryId, ...alive(now) }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },

    list: async ({ userId, memoryType, tag, contentContains, after, limit, now }) => {
      const filter = {
        user_id: userId,
        ...(memoryType === undefined ? {} : { memory_type: memoryType }),
        ...(tag === undefined ? {} : { tags: tag }),
        ...(contentContains === undefined
          ? {}
          : { content: { $regex: escapePattern(contentContains), $options: "i" } }),
        ...behind("created_at", after),
        ...alive(now),
      };
      const found = await memories.run((collection) =>
        collection
          .find(filter)
          .sort({ created_at: -1, _id: -1 })
          .limit(limit + 1)
          .toArray(),
      );
      return pageOf(found, limit);
    },

    findMostImportant: ({ userId, limit, now }) =>
      memories.run((collection) =>
        collection
          .find({ user_id: userId, ...alive(now) })
          .sort({ importance: -1, _id: -1 })
          .limit(limit)
          .toArray(),
      ),

    update: async ({ userId, memoryId, changes, now }) => {
      const change = () =>
        memories.run((collection) =>
          collection.findOneAndUpdate({ _id: memoryId, user_id: userId, ...alive(now) }, toUpdate(changes, now), {
            returnDocument: "after",
          }),
        );
      try {
        return await change();
      } catch (error) {
        if (!isDuplicateKey(error) || changes.content_key === undefined) throw error;
        await removeExpiredContent(userId, changes.content_key, now);
      }
      try {
        return await change();
      } catch (error) {
        if (isDuplicateKey(error)) return "same_content";
        throw error;
      }
    },

    remove: async ({ userId, memoryId, now }) => {
      const result = await memories.run((collection) =>
        collection.deleteOne({ _id: memoryId, user_id: userId, ...alive(now) }),
      );
      return result.deletedCount === 1;
    },

    removeAll: async ({ userId }) => {
      await memories.run((collection) => collection.deleteMany({ user_id: userId }));
    },

    count: ({ userId, upTo }) =>
      memories.run((collection) => collection.countDocuments({ user_id: userId }, { limit: upTo })),

    removeExpired: async ({ userId, now }) => {
      await memories.run((collection) => collection.deleteMany({ user_id: userId, expires_at: { $lte: now } }));
    },

    removeSuperseded: async ({ memory: { _id, user_id, updated_at }, subject }) => {
      // "Stored before" is a total order, so of two that are stored at once only one can remove the other.
      await memories.run((collection) =>
        collection.deleteMany({
          user_id,
          source: "extracted",
          subject,
          $or: [{ updated_at: { $lt: updated_at } }, { updated_at, _id: { $lt: _id } }],
        }),
      );
    },
  };
}
