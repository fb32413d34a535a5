import type { OneTimeToken } from "../domain/one-time-token.ts";
import type { OneTimeTokens } from "../ports/one-time-tokens.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const oneTimeTokensDeclaration: CollectionDeclaration = {
  name: "one_time_tokens",
  indexes: [{ key: { token_hash: 1 }, unique: true }, { key: { user_id: 1 } }, expiresAtIndex],
};

/** A token may still be there after `expires_at`: the database removes it in its own time, and the taker compares. */
export function createOneTimeTokens(database: Database): OneTimeTokens {
  const tokens = database.collection<OneTimeToken>(oneTimeTokensDeclaration.name);

  return {
    put: async (token) => {
      const { _id, ...fields } = token;
      const put = () => tokens.run((collection) => collection.updateOne({ _id }, { $set: fields }, { upsert: true }));
      try {
        await put();
      } catch (error) {
        // Two first requests inserted at the same moment; the one that lost replaces the other's now.
        if (!isDuplicateKey(error)) throw error;
        await put();
      }
    },

    take: ({ tokenHash, purposes, now }) =>
      tokens.run((collection) =>
        collection.findOneAndDelete({
          token_hash: tokenHash,
          purpose: { $in: [...purposes] },
          expires_at: { $gt: now },
        }),
      ),

    removeAllOf: async (userId) => {
      await tokens.run((collection) => collection.deleteMany({ user_id: userId }));
    },
  };
}
