import type { ApiKey } from "../domain/api-key.ts";
import type { ApiKeys } from "../ports/api-keys.ts";
import { type Database, promptly } from "./client.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { pageOf } from "./paging.ts";

export const apiKeysDeclaration: CollectionDeclaration = {
  name: "api_keys",
  indexes: [{ key: { key_hash: 1 }, unique: true }, { key: { user_id: 1, _id: -1 } }],
};

export function createApiKeys(database: Database): ApiKeys {
  const keys = database.collection<ApiKey>(apiKeysDeclaration.name);

  return {
    insert: async (key) => {
      await keys.run((collection) => collection.insertOne(key));
    },

    findByHash: (keyHash) => promptly(keys.run((collection) => collection.findOne({ key_hash: keyHash }))),

    list: async ({ userId, beforeId, limit }) =>
      pageOf(
        await keys.run((collection) =>
          collection
            .find({ user_id: userId, ...(beforeId === undefined ? {} : { _id: { $lt: beforeId } }) })
            .sort({ user_id: 1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    remove: async ({ userId, keyId }) => {
      const result = await keys.run((collection) => collection.deleteOne({ _id: keyId, user_id: userId }));
      return result.deletedCount === 1;
    },

    exists: async (keyId) => {
      const found = await keys.run((collection) => collection.findOne({ _id: keyId }, { projection: { _id: 1 } }));
      return found !== null;
    },

    removeAllOf: async (userId) => {
      await keys.run((collection) => collection.deleteMany({ user_id: userId }));
    },

    recordUse: async ({ keyId, unlessAfter, now }) => {
      await keys.run((collection) =>
        collection.updateOne(
          { _id: keyId, $or: [{ last_used_at: null }, { last_used_at: { $lte: unlessAfter } }] },
          { $set: { last_used_at: now } },
        ),
      );
    },
  };
}
