import { createHash } from "node:crypto";
import { AppError, invalidField } from "../domain/errors.ts";
import type { IdempotencyKeys, IdempotencyStart, SavedResponse } from "../ports/idempotency-keys.ts";
import type { Clock, Ids } from "../ports/platform.ts";

/** How long a first try counts as running without a sign of life, in ms: the next one goes on when its process died. */
const lockMs = 60_000;
/** How often it gives one, in ms, */
const renewalMs = 20_000;
/** and for how long at most: longer than any request may last. */
const longestMs = 240_000;
/** How long an answer is kept, in ms. */
const retentionMs = 86_400_000;
/** A larger answer is not kept; a repeat then finds the resource by its id. Bytes. */
export const savedBodyLimit = 1_000_000;

export const eventStreamType = "text/event-stream";

interface IdempotencyDependencies {
  readonly idempotencyKeys: IdempotencyKeys;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** One use of an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
export interface IdempotentRequest {
  /**
   * What was not kept, or was too large to keep, is not replayed byte by byte: its resource is read again, from the id set
   * aside for it.
   */
  readonly outcome: Extract<IdempotencyStart["outcome"], "started" | "resumed" | "completed">;
  readonly allottedId: string;
  /** The first answer, when there is one to repeat as it is. */
  readonly response: SavedResponse | null;
  complete(response: SavedResponse): Promise<void>;
  /** Forgets the key: a new try starts anew. */
  release(): Promise<void>;
  /** Lets the next try go on with the same id at once. */
  unlock(): Promise<void>;
}

/**
 * Claims the key for this request.
 * @throws AppError `unprocessable` when the key was used with another request, `conflict` while the first try runs
 */
export async function startIdempotent(
  { idempotencyKeys, clock, ids }: IdempotencyDependencies,
  input: { userId: string; key: string; method: string; path: string; body: string },
): Promise<IdempotentRequest> {
  const { userId, key } = input;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw invalidField("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
  }
  const now = clock.now();
  const start = await idempotencyKeys.start({
    userId,
    key,
    requestHash: createHash("sha256").update(`${input.method} ${input.path}\n${input.body}`).digest("hex"),
    allottedId: ids.bare(),
    now,
    lockedUntil: new Date(now.getTime() + lockMs),
    expiresAt: new Date(now.getTime() + retentionMs),
  });
  if (start.outcome === "mismatch") {
    throw new AppError("unprocessable", { detail: "This Idempotency-Key was used with another request." });
  }
  if (start.outcome === "running") {
    throw new AppError("conflict", {
      detail: "The first request with this Idempotency-Key is still running.",
      retryAfterSeconds: 1,
    });
  }
  const stopRenewal =
    start.outcome === "completed" ? () => undefined : renewLock({ idempotencyKeys, clock }, { userId, key });
  // No answer is empty: one without its body was not kept.
  const isRepeatable = start.outcome === "completed" && start.response.body !== "";
  return {
    outcome: start.outcome,
    allottedId: start.allottedId,
    response: isRepeatable ? start.response : null,
    complete: async (response) => {
      stopRenewal();
      const fits = Buffer.byteLength(response.body) <= savedBodyLimit;
      await idempotencyKeys.complete({ userId, key, response: fits ? response : { ...response, body: "" } });
    },
    release: () => {
      stopRenewal();
      return idempotencyKeys.release({ userId, key });
    },
    unlock: () => {
      stopRenewal();
      const now = clock.now();
      return idempotencyKeys.setLock({ userId, key, lockedUntil: now, now });
    },
  };
}

/** Keeps the lock for as long as the request runs. @returns how to stop it */
function renewLock(
  { idempotencyKeys, clock }: Pick<IdempotencyDependencies, "idempotencyKeys" | "clock">,
  owner: { userId: string; key: string },
): () => void {
  const startedAt = clock.now().getTime();
  const renewal = setInterval(() => {
    const now = clock.now();
    if (now.getTime() - startedAt > longestMs) return clearInterval(renewal);
    const lockedUntil = new Date(now.getTime() + lockMs);
    // One that fails is no matter: the next one comes before the lock is over.
    void idempotencyKeys.setLock({ ...owner, lockedUntil, now }).catch(() => undefined);
  }, renewalMs);
  renewal.unref();
  return () => clearInterval(renewal);
}
