import type { Conversation } from "../domain/conversation.ts";
import type { Shares } from "../ports/sharing.ts";
import type { Database } from "./client.ts";
import { conversationsDeclaration } from "./conversations.ts";
import type { CollectionDeclaration } from "./indexes.ts";

/** A document of `revoked_shares`: nothing but that a link was good once. `_id` is its token's SHA-256, hex. */
interface RevokedShare {
  readonly _id: string;
  readonly created_at: Date;
}

export const revokedSharesDeclaration: CollectionDeclaration = { name: "revoked_shares", indexes: [] };

export function createShares(database: Database): Shares {
  const conversations = database.collection<Conversation>(conversationsDeclaration.name);
  const revokedShares = database.collection<RevokedShare>(revokedSharesDeclaration.name);

  return {
    share: async ({ userId, conversationId, share }) => {
      const wanted = { _id: conversationId, user_id: userId, status: { $ne: "deleted" as const } };
      while (true) {
        const shared = await conversations.run((collection) =>
          collection.updateOne(
            { ...wanted, share: { $exists: false } },
            { $set: { share, updated_at: share.created_at } },
          ),
        );
        if (shared.modifiedCount === 1) return { share, isNew: true };
        const found = await conversations.run((collection) => collection.findOne(wanted, { projection: { share: 1 } }));
        if (found === null) return null;
        if (found.share !== undefined) return { share: found.share, isNew: false };
        // The share that was there was revoked between the two looks.
      }
    },

    revoke: async ({ userId, conversationId, hashOf, now }) => {
      const found = await conversations.run((collection) =>
        collection.findOne({ _id: conversationId, user_id: userId }, { projection: { share: 1 } }),
      );
      const token = found?.share?.token;
      if (token === undefined) return false;
      // Remembered first: if the second step fails, the link still works and revoking it again ends it.
      await revokedShares.run((collection) =>
        collection.updateOne({ _id: hashOf(token) }, { $setOnInsert: { created_at: now } }, { upsert: true }),
      );
      await conversations.run((collection) =>
        collection.updateOne(
          { _id: conversationId, user_id: userId, "share.token": token },
          { $unset: { share: "" }, $set: { updated_at: now } },
        ),
      );
      return true;
    },

    findByToken: async (token) => {
      const found = await conversations.run((collection) => collection.findOne({ "share.token": token }));
      if (found === null) return null;
      const { share, ...conversation } = found;
      return share === undefined ? null : { conversation, share };
    },

    wasRevoked: async (tokenHash) =>
      (await revokedShares.run((collection) => collection.findOne({ _id: tokenHash }, { projection: { _id: 1 } }))) !==
      null,
  };
}
