import type { Session } from "../domain/session.ts";
import type { Sessions } from "../ports/sessions.ts";
import { type Database, promptly } from "./client.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const sessionsDeclaration: CollectionDeclaration = {
  name: "sessions",
  indexes: [
    { key: { token_hash: 1 }, unique: true },
    { key: { family_id: 1 } },
    { key: { user_id: 1 } },
    { key: { user_id: 1, _id: -1 }, partialFilterExpression: { is_open: true } },
    expiresAtIndex,
  ],
};

/** A session may still be there after `expires_at`: the database removes it in its own time, and the reader compares. */
export function createSessions(database: Database): Sessions {
  const sessions = database.collection<Session>(sessionsDeclaration.name);
  const notRevoked = { revoked_at: { $exists: false } };
  const revocation = (now: Date) => ({ $set: { revoked_at: now }, $unset: { is_open: "" as const } });

  return {
    insert: async (session) => {
      await sessions.run((collection) => collection.insertOne(session));
    },

    findByTokenHash: (tokenHash) =>
      promptly(sessions.run((collection) => collection.findOne({ token_hash: tokenHash }))),

    markUsed: async ({ sessionId, now }) => {
      const result = await sessions.run((collection) =>
        collection.updateOne(
          { _id: sessionId, used_at: { $exists: false }, ...notRevoked },
          { $set: { used_at: now }, $unset: { is_open: "" } },
        ),
      );
      return result.matchedCount === 1;
    },

    revokeFamily: async ({ familyId, now }) => {
      await sessions.run((collection) =>
        collection.updateMany({ family_id: familyId, ...notRevoked }, revocation(now)),
      );
    },

    revokeAllOf: async ({ userId, exceptFamilyId = null, now }) => {
      const others = exceptFamilyId === null ? {} : { family_id: { $ne: exceptFamilyId } };
      await sessions.run((collection) =>
        collection.updateMany({ user_id: userId, ...others, ...notRevoked }, revocation(now)),
      );
    },

    listEnded: ({ userId, since }) =>
      sessions.run((collection) =>
        collection.distinct("family_id", {
          user_id: userId,
          revoked_at: { $exists: true },
          created_at: { $gt: since },
        }),
      ),

    listOpen: ({ userId, now, limit }) =>
      sessions.run((collection) =>
        collection
          .find({ user_id: userId, is_open: true, expires_at: { $gt: now } })
          .sort({ user_id: 1, _id: -1 })
          .limit(limit)
          .toArray(),
      ),

    ownerOfFamily: async (familyId) => {
      const found = await sessions.run((collection) =>
        collection.findOne({ family_id: familyId }, { projection: { user_id: 1 } }),
      );
      return found?.user_id ?? null;
    },

    cameFrom: async ({ userId, ipAddress }) => {
      const found = await sessions.run((collection) =>
        collection.findOne({ user_id: userId, ip_address: ipAddress }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },
  };
}
