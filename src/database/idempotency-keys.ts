import type { IdempotencyKeys, IdempotencyStart, SavedResponse } from "../ports/idempotency-keys.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const idempotencyKeysDeclaration: CollectionDeclaration = {
  name: "idempotency_keys",
  indexes: [{ key: { user_id: 1 } }, expiresAtIndex],
};

/** A document of `idempotency_keys`. It runs until it has a response. */
interface IdempotencyKey {
  readonly _id: string;
  readonly user_id: string;
  readonly request_hash: string;
  readonly allotted_id: string;
  readonly locked_until: Date;
  readonly response?: SavedResponse;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

type StartInput = Parameters<IdempotencyKeys["start"]>[0];

/** The document may go, or be replaced, between two looks at it; more often than this it does not. */
const maxLooks = 5;

/** No user id contains a bar, so two users' keys never meet. */
function documentId(input: { userId: string; key: string }): string {
  return `${input.userId}|${input.key}`;
}

function firstUse(input: StartInput): IdempotencyKey {
  return {
    _id: documentId(input),
    user_id: input.userId,
    request_hash: input.requestHash,
    allotted_id: input.allottedId,
    locked_until: input.lockedUntil,
    expires_at: input.expiresAt,
    created_at: input.now,
    updated_at: input.now,
  };
}

export function createIdempotencyKeys(database: Database): IdempotencyKeys {
  const keys = database.collection<IdempotencyKey>(idempotencyKeysDeclaration.name);

  async function inserted(document: IdempotencyKey): Promise<boolean> {
    try {
      await keys.run((collection) => collection.insertOne(document));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Replaces an expired document that the database has not removed yet. */
  async function replacedExpired(document: IdempotencyKey, now: Date): Promise<boolean> {
    const result = await keys.run((collection) =>
      collection.replaceOne({ _id: document._id, expires_at: { $lte: now } }, document),
    );
    return result.matchedCount === 1;
  }

  /** Takes the lock of a try that died. Of several, one gets it. */
  async function takeOver(found: IdempotencyKey, input: StartInput): Promise<IdempotencyStart> {
    const result = await keys.run((collection) =>
      collection.updateOne(
        { _id: found._id, locked_until: found.locked_until, response: { $exists: false } },
        { $set: { locked_until: input.lockedUntil, updated_at: input.now } },
      ),
    );
    return result.matchedCount === 1 ? { outcome: "resumed", allottedId: found.allotted_id } : { outcome: "running" };
  }

  async function judge(found: IdempotencyKey, input: StartInput): Promise<IdempotencyStart> {
    if (found.request_hash !== input.requestHash) return { outcome: "mismatch" };
    if (found.response !== undefined)
      return { outcome: "completed", allottedId: found.allotted_id, response: found.response };
    if (found.locked_until > input.now) return { outcome: "running" };
    return takeOver(found, input);
  }

  return {
    start: async (input) => {
      const document = firstUse(input);
      const started: IdempotencyStart = { outcome: "started", allottedId: input.allottedId };
      for (let look = 0; look < maxLooks; look += 1) {
        if (await inserted(document)) return started;
        const found = await keys.run((collection) => collection.findOne({ _id: document._id }));
        if (found === null) continue;
        if (found.expires_at > input.now) return judge(found, input);
        if (await replacedExpired(document, input.now)) return started;
      }
      return { outcome: "running" };
    },

    complete: async ({ userId, key, response }) => {
      // The first response stays: what was once given is what is given again.
      await keys.run((collection) =>
        collection.updateOne(
          { _id: documentId({ userId, key }), response: { $exists: false } },
          { $set: { response } },
        ),
      );
    },

    setLock: async ({ userId, key, lockedUntil, now }) => {
      await keys.run((collection) =>
        collection.updateOne(
          { _id: documentId({ userId, key }), response: { $exists: false } },
          { $set: { locked_until: lockedUntil, updated_at: now } },
        ),
      );
    },

    release: async ({ userId, key }) => {
      await keys.run((collection) =>
        collection.deleteOne({ _id: documentId({ userId, key }), response: { $exists: false } }),
      );
    },
  };
}
