import type { CountedSubject, RateLimits } from "../ports/rate-limits.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";

export const rateLimitsDeclaration: CollectionDeclaration = {
  name: "rate_limit_logs",
  indexes: [
    { key: { user_id: 1, endpoint: 1 } },
    { key: { window_end: 1 } },
    { key: { user_id: 1, endpoint: 1, window_end: 1 } },
    expiresAtIndex,
  ],
};

/** A document of `rate_limit_logs`: the running window of one subject at one endpoint, and the count of the one before. */
interface RateLimitLog {
  readonly _id: string;
  /** The user, or the client address of an anonymous request. */
  readonly user_id: string;
  readonly endpoint: string;
  readonly request_count: number;
  readonly previous_count: number;
  readonly window_start: Date;
  readonly window_end: Date;
  readonly last_request_at: Date;
  readonly expires_at: Date;
}

const keptMs = 3_600_000;

type Hit = Parameters<RateLimits["count"]>[0];

/** Counts in the running window, or first in the next one, which makes the running one the window before. */
function counting({ subject, endpoint, windowSeconds, weight, now }: Hit): Record<string, unknown>[] {
  const windowMs = windowSeconds * 1_000;
  const start = new Date(Math.floor(now.getTime() / windowMs) * windowMs);
  const startBefore = new Date(start.getTime() - windowMs);
  const knownStart = { $ifNull: ["$window_start", new Date(0)] };
  // Not equality: an instance whose clock is behind must not throw away the window that another one began.
  const isRunning = { $gte: [knownStart, start] };
  const isBefore = { $eq: [knownStart, startBefore] };
  return [
    {
      $set: {
        user_id: { $literal: subject },
        endpoint: { $literal: endpoint },
        previous_count: { $cond: [isRunning, "$previous_count", { $cond: [isBefore, "$request_count", 0] }] },
        request_count: { $cond: [isRunning, { $add: ["$request_count", weight] }, weight] },
        window_start: { $cond: [isRunning, "$window_start", start] },
        window_end: { $cond: [isRunning, "$window_end", new Date(start.getTime() + windowMs)] },
        last_request_at: now,
        expires_at: new Date(now.getTime() + Math.max(keptMs, 2 * windowMs)),
      },
    },
  ];
}

const idOf = ({ subject, endpoint, windowSeconds }: CountedSubject) => `${subject}|${endpoint}|${windowSeconds}`;

export function createRateLimits(database: Database): RateLimits {
  const logs = database.collection<RateLimitLog>(rateLimitsDeclaration.name);

  const upsert = (hit: Hit): Promise<RateLimitLog | null> =>
    logs.run((collection) =>
      collection.findOneAndUpdate({ _id: idOf(hit) }, counting(hit), { upsert: true, returnDocument: "after" }),
    );

  async function countOnce(hit: Hit): Promise<RateLimitLog | null> {
    try {
      return await upsert(hit);
    } catch (error) {
      // Two first requests inserted at the same moment; the one that lost finds the document now.
      if (!isDuplicateKey(error)) throw error;
      return upsert(hit);
    }
  }

  return {
    count: async (hit) => {
      const log = await countOnce(hit);
      if (log === null) throw new Error("an upsert that returns the new document returned none");
      return {
        running: log.request_count,
        before: log.previous_count,
        startedAt: log.window_start,
        windowSeconds: hit.windowSeconds,
      };
    },

    giveBack: async ({ startedAt, ...counted }) => {
      await logs.run((collection) =>
        collection.updateOne(
          { _id: idOf(counted), window_start: startedAt, request_count: { $gt: 0 } },
          { $inc: { request_count: -1 } },
        ),
      );
    },
  };
}
