import type { Generation, GenerationStatus, RunningJob } from "../domain/generation.ts";
import type { ListPosition, Page } from "./database.ts";

export interface Generations {
  /** One with the same id stays as it is. */
  insertIfAbsent(generation: Generation): Promise<void>;
  find(input: { userId: string; generationId: string }): Promise<Generation | null>;
  /** For workers and timers, which act for the system. */
  findById(generationId: string): Promise<Generation | null>;
  exists(generationId: string): Promise<boolean>;
  list(input: {
    userId: string;
    status?: GenerationStatus | undefined;
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<Page<Generation>>;
  /**
   * How many pending jobs are likely to begin before this one: those of its owner that are older, and of each other user
   * at most one more than that, because users take turns.
   */
  countAhead(generation: Generation): Promise<number>;
  markEnqueued(input: { generationId: string; now: Date }): Promise<void>;
  /** No message is on its way any more: the next end of a job of its owner sends one. */
  markUnsent(generationId: string): Promise<void>;
  /** A user's processing jobs, and the pending ones that may begin at `now`, oldest first. */
  findRunnable(input: {
    userId: string;
    now: Date;
    limit: number;
  }): Promise<{ running: readonly RunningJob[]; waiting: readonly Generation[] }>;
  /** pending → processing in `slot`, with a lease, attempts + 1. Null: not to be had, or the slot is taken. */
  claim(input: {
    generationId: string;
    owner: string;
    slot: string;
    now: Date;
    leaseUntil: Date;
  }): Promise<Generation | null>;
  /** processing with a lapsed lease → a new lease in the same slot, attempts + 1. Null: not to be had. */
  reclaim(input: { generationId: string; owner: string; now: Date; leaseUntil: Date }): Promise<Generation | null>;
  /** Renews the lease and raises the progress. False: the job is not this owner's any more. */
  renew(input: {
    generationId: string;
    owner: string;
    leaseUntil: Date;
    progress?: number;
    now: Date;
  }): Promise<boolean>;
  /** Remembers the provider's job, so that another worker goes on with it. False as in `renew`. */
  setPrediction(input: {
    generationId: string;
    owner: string;
    predictionId: string;
    /** The version of the model, where the provider told it. */
    version?: string | undefined;
    now: Date;
  }): Promise<boolean>;
  findByPrediction(predictionId: string): Promise<Generation | null>;
  /**
   * Gives an open job of this provider the provider's job that nobody stored for it. False: it has one, it ended, or
   * another job has this one.
   */
  adoptPrediction(input: { generationId: string; provider: string; predictionId: string; now: Date }): Promise<boolean>;
  /** processing of this owner → completed. Null: the job is not this owner's any more. */
  complete(input: {
    generationId: string;
    owner: string;
    imageIds: readonly string[];
    blobUrls: readonly string[];
    resultUrls: readonly string[];
    /** Where its message goes; the message itself is written right after. */
    conversationId: string;
    messageId: string;
    now: Date;
  }): Promise<Generation | null>;
  /** processing of this owner → pending, for another try from `retryAt` on. */
  release(input: {
    generationId: string;
    owner: string;
    /** The provider's job is of no use any more: the next try makes a new one. */
    forgetPrediction: boolean;
    /** Takes the attempt back: it was not the job's fault. */
    isUncounted: boolean;
    retryAt: Date;
    now: Date;
  }): Promise<boolean>;
  /** pending or processing → failed, with `expires_at`. With `owner`, only while that owner has it; with `lapsedAt`, only when its lease lapsed before. */
  fail(input: {
    generationId: string;
    owner?: string;
    lapsedAt?: Date;
    errorCode: string;
    errorMessage: string;
    expiresAt: Date;
    now: Date;
  }): Promise<Generation | null>;
  /** pending or processing → cancelled. Null: not this user's, or ended. */
  cancel(input: { userId: string; generationId: string; now: Date }): Promise<Generation | null>;
  /** Removes an ended and booked job's document. */
  remove(input: { userId: string; generationId: string }): Promise<void>;
  /** Takes `is_open` away: nothing is left to do. */
  markClosed(generationId: string): Promise<void>;
  /** Users with pending jobs that were made before `neverBefore` and never enqueued, or enqueued last before `lastBefore`. */
  findWaitingUsers(input: { neverBefore: Date; lastBefore: Date; limit: number }): Promise<readonly string[]>;
  /** Processing jobs whose lease lapsed before `before` ; oldest first. */
  findLapsed(input: { before: Date; limit: number }): Promise<readonly Generation[]>;
  /** Ended jobs that are still open, last changed before `before`. */
  findUnclosed(input: { before: Date; limit: number }): Promise<readonly Generation[]>;
}
