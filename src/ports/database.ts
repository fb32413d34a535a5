import type { MessageNode, PathChange } from "../domain/branches.ts";
import type { Conversation, ConversationStatus } from "../domain/conversation.ts";
import type { Generation, GenerationStatus, RunningJob } from "../domain/generation.ts";
import type { Image } from "../domain/image.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import type { FunctionCall, Message, MessageMetadata, TurnSettlement } from "../domain/message.ts";
import type { WindowCount } from "../domain/rate-window.ts";
import type { Session } from "../domain/session.ts";
import type { User } from "../domain/user.ts";

/**
 * What operations need of the database. Every state change is one atomic, conditional update of one document;
 * its result says whether the condition held. All of them throw `AppError("unavailable")` when the database is away.
 */

/** A place in a list sorted by a date and, as tie-breaker, the id. The list goes on behind it. */
export interface ListPosition {
  readonly at: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

export type UserChanges = Partial<Pick<User, "username" | "full_name" | "avatar_url" | "profile">>;
export type Taken = "email_taken" | "username_taken";

export type HoldResult =
  | { readonly outcome: "held"; readonly heldCredits: number }
  | { readonly outcome: "insufficient"; readonly balanceCredits: number }
  | { readonly outcome: "too_many_turns"; readonly allowed: number }
  | { readonly outcome: "no_account" };

export interface Users {
  insert(user: User): Promise<"inserted" | Taken>;
  findById(userId: string): Promise<User | null>;
  findByEmail(email: string): Promise<User | null>;
  /** Turns a guest into an account with a password, keeping its id and so all of its data. Also raises `token_version`. */
  upgradeGuest(input: {
    userId: string;
    email: string;
    username?: string | undefined;
    fullName?: string | undefined;
    hashedPassword: string;
    /** Credits added to balance and granted, for what a free account has more than a guest. */
    grantCredits: number;
    now: Date;
  }): Promise<User | Taken | "not_a_guest">;
  recordLogin(input: { userId: string; now: Date }): Promise<void>;
  update(input: { userId: string; changes: UserChanges; now: Date }): Promise<User | "username_taken" | null>;
  /** Marks the account as gone: inactive, tokens invalid, e-mail and username free for others. The erasure follows. */
  deactivate(input: { userId: string; now: Date }): Promise<boolean>;
  /** Sets `credits` aside for `resourceId`: balance − credits, hold = credits. Holding twice for one resource holds once. */
  holdCredits(input: {
    userId: string;
    resourceId: string;
    credits: number;
    /** The hold is for an answer, of which an account may have only so many at a time. */
    isTurn?: true;
    now: Date;
  }): Promise<HoldResult>;
  /** Adds to an existing hold. False: no such hold, or the balance does not cover it. */
  extendHold(input: { userId: string; resourceId: string; credits: number }): Promise<boolean>;
  /**
   * Ends a hold: `costCredits` (at most the hold) are spent, the rest goes back to the balance.
   * @returns false when there is no such hold (it was ended before)
   */
  settleHold(input: { userId: string; resourceId: string; costCredits: number; now: Date }): Promise<boolean>;
  /** Accounts whose newest hold is older than `before`. */
  findWithHolds(input: { before: Date; limit: number }): Promise<readonly User[]>;
  /** Forgets `last_hold_at` if it still is what was read and no hold is left. */
  clearHoldMark(input: { userId: string; lastHoldAt: Date }): Promise<void>;
  /** Counts a completed generation. Statistics only: a repeat after a crash may count once more. */
  recordGeneration(input: { userId: string; now: Date }): Promise<void>;
}

export interface Sessions {
  insert(session: Session): Promise<void>;
  findByTokenHash(tokenHash: string): Promise<Session | null>;
  /** Marks a token as used. False: it was used or revoked before. */
  markUsed(input: { sessionId: string; now: Date }): Promise<boolean>;
  revokeFamily(input: { familyId: string; now: Date }): Promise<void>;
  revokeAllOf(input: { userId: string; now: Date }): Promise<void>;
  /** The newest token of each sign-in that goes on; newest first. */
  listOpen(input: { userId: string; now: Date; limit: number }): Promise<readonly Session[]>;
  /** Whose sign-in it is; null for nobody's. */
  ownerOfFamily(familyId: string): Promise<string | null>;
  /** Whether the account was signed in from this address lately. */
  cameFrom(input: { userId: string; ipAddress: string }): Promise<boolean>;
}

export interface Ledger {
  /** Writes the entry unless one with its id is there. */
  record(entry: LedgerEntry): Promise<void>;
  /** The entry of this reason and resource. */
  find(entry: Pick<LedgerEntry, "reason" | "resource_id">): Promise<LedgerEntry | null>;
  /** Newest first. */
  list(input: { userId: string; after?: ListPosition | undefined; limit: number }): Promise<Page<LedgerEntry>>;
}

export interface Conversations {
  insert(conversation: Conversation): Promise<void>;
  /** Like insert, but one with the same id stays as it is. */
  insertIfAbsent(conversation: Conversation): Promise<void>;
  /** Of this user, deleted ones included. */
  find(input: { userId: string; conversationId: string }): Promise<Conversation | null>;
  /** Whether anybody has it: tells `forbidden` from `not_found`. */
  exists(conversationId: string): Promise<boolean>;
  /** Newest `last_message_at` first; without `status` all but deleted ones. */
  list(input: {
    userId: string;
    status?: ConversationStatus | undefined;
    /** Part of a title; matched as a case-insensitive text, never as a pattern. */
    titleContains?: string | undefined;
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<Page<Conversation>>;
  update(input: {
    userId: string;
    conversationId: string;
    changes: Partial<Pick<Conversation, "title" | "status" | "is_archived" | "model" | "system_prompt" | "metadata">>;
    now: Date;
  }): Promise<Conversation | null>;
  /** To `deleted` with `deleted_at`, or back to `active`. Null: not this user's, or already so. */
  setDeleted(input: {
    userId: string;
    conversationId: string;
    isDeleted: boolean;
    now: Date;
  }): Promise<Conversation | null>;
  /** Deleted ones, deleted before `before`; oldest first. */
  findDeleted(input: { before: Date; limit: number }): Promise<readonly Conversation[]>;
  /** Archives active ones without activity since `before`. @returns how many */
  archiveIdle(input: { before: Date; now: Date }): Promise<number>;
  /** For good. Only a deleted one goes, so that one restored in time stays. */
  remove(conversationId: string): Promise<void>;
  /** Changes the title only if it still is `from`. */
  replaceTitle(input: { conversationId: string; from: string; to: string; now: Date }): Promise<void>;
  /** Stores a summary unless another one got further meanwhile: the one that is there must still end at `after`. */
  setSummary(input: {
    conversationId: string;
    summary: NonNullable<Conversation["summary"]>;
    /** Empty: there is none yet. */
    after: string;
    now: Date;
  }): Promise<void>;
  /** Adds to the number of messages on the active path, when another branch was made active. */
  addMessages(input: { conversationId: string; messages: number; now: Date }): Promise<void>;
  /** Adds a turn's totals in one update; a turn that is in `counted_turns` already changes nothing. */
  addTurn(input: {
    conversationId: string;
    turnId: string;
    messages: number;
    tokens: number;
    costUsd: number;
    now: Date;
  }): Promise<void>;
}

export interface TurnEnd {
  readonly messageId: string;
  readonly status: "complete" | "failed";
  readonly content: string;
  readonly isStopped: boolean;
  readonly functionCalls?: readonly FunctionCall[];
  /** Merged into the message's metadata field by field. */
  readonly metadata: MessageMetadata;
  readonly settlement: TurnSettlement;
  readonly now: Date;
}

export interface Messages {
  /** One command for all of them. Messages that are there already (same `_id`) stay as they are. */
  insertMany(messages: readonly Message[]): Promise<void>;
  find(input: { userId: string; messageId: string }): Promise<Message | null>;
  exists(messageId: string): Promise<boolean>;
  /** The newest messages on the active path, newest first: complete ones and interrupted ones, no failed or empty ones. */
  findHistory(input: {
    userId: string;
    conversationId: string;
    /** Only messages before this one. */
    beforeId?: string | undefined;
    limit: number;
  }): Promise<readonly Message[]>;
  /** The conversation's tree, from a message on: without texts. */
  findNodes(input: { conversationId: string; fromId?: string | undefined }): Promise<readonly MessageNode[]>;
  /** All versions of a message, oldest first. */
  findVersions(input: { userId: string; conversationId: string; versionGroup: string }): Promise<readonly Message[]>;
  /** Moves messages onto and off the active path. @returns how many more messages the path has now */
  changePath(input: { conversationId: string; change: PathChange; now: Date }): Promise<number>;
  setVersionCount(input: { conversationId: string; versionGroup: string; count: number }): Promise<void>;
  /** Oldest first, by id. */
  list(input: {
    userId: string;
    conversationId: string;
    includeSuperseded: boolean;
    /** Id of the last message of the page before. */
    afterId?: string | undefined;
    limit: number;
  }): Promise<Page<Message>>;
  /** Stores what is written so far and a sign of life. @returns null when the message no longer streams */
  saveProgress(input: {
    messageId: string;
    content: string;
    /** The calls so far; the last one may be under way. */
    functionCalls?: readonly FunctionCall[];
    now: Date;
  }): Promise<{ isStopRequested: boolean } | null>;
  /** Ends a streaming message. @returns null when it had ended before */
  finish(end: TurnEnd): Promise<Message | null>;
  /** Asks the writer to stop. @returns the message, or null when it does not stream (any more) */
  requestStop(input: { userId: string; messageId: string; now: Date }): Promise<Message | null>;
  isStopRequested(messageId: string): Promise<boolean>;
  /** Answers that still say `streaming` though their writer showed no life since `before`. */
  findDeadTurns(input: { before: Date; limit: number }): Promise<readonly Message[]>;
  /** Ended answers whose settlement was not confirmed, last changed before `before`. */
  findUnsettled(input: { before: Date; limit: number }): Promise<readonly Message[]>;
  markSettled(messageId: string): Promise<void>;
  /** All of a conversation's messages, for good. */
  removeOf(conversationId: string): Promise<void>;
}

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

export interface Images {
  /** Writes the document, replacing one with the same id (a second worker stores the same picture). */
  put(image: Image): Promise<void>;
  find(input: { userId: string; imageId: string }): Promise<Image | null>;
  /** For signed URLs, whose signature stands for the owner. */
  findById(imageId: string): Promise<Image | null>;
  /** In no particular order; deleted ones are left out. */
  findMany(imageIds: readonly string[]): Promise<readonly Image[]>;
}

/** A response that is kept to be given again: its status, headers and the body as text. */
export interface SavedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyStart =
  /** First use: go on, with `allottedId` for the resource to be made. */
  | { readonly outcome: "started"; readonly allottedId: string }
  /** A first try died on the way: go on with the id that it had, which may exist already. */
  | { readonly outcome: "resumed"; readonly allottedId: string }
  | { readonly outcome: "completed"; readonly allottedId: string; readonly response: SavedResponse }
  | { readonly outcome: "running" }
  | { readonly outcome: "mismatch" };

export interface IdempotencyKeys {
  start(input: {
    userId: string;
    key: string;
    /** SHA-256 over method, path and body, hex. */
    requestHash: string;
    allottedId: string;
    now: Date;
    /** Until then the first try counts as running. */
    lockedUntil: Date;
    expiresAt: Date;
  }): Promise<IdempotencyStart>;
  complete(input: { userId: string; key: string; response: SavedResponse }): Promise<void>;
  /** Lets the lock lapse now, so that the next try goes on with the same id. */
  unlock(input: { userId: string; key: string; now: Date }): Promise<void>;
  /** Forgets the key after a failure, so that the client may try again with it. */
  release(input: { userId: string; key: string }): Promise<void>;
}

export interface RateLimits {
  /** Counts one request. One atomic upsert. */
  count(input: Parameters<RateLimits["hit"]>[0]): Promise<WindowCount>;
  /**
   * Counts one request and tells how many the sliding window now holds: those of the running window and the share of
   * the one before that the sliding window still covers. One atomic upsert.
   * @param weight what the request counts; 0 only looks
   */
  hit(input: { subject: string; endpoint: string; windowSeconds: number; weight: number; now: Date }): Promise<number>;
}

export interface JobLocks {
  /** Takes the lock of a timer job if it is free or lapsed. */
  acquire(input: { name: string; owner: string; now: Date; until: Date }): Promise<boolean>;
  release(input: { name: string; owner: string; now: Date; summary: Readonly<Record<string, unknown>> }): Promise<void>;
}

export interface AuditLogs {
  record(entry: {
    id: string;
    actorId: string;
    action: string;
    targetId: string | null;
    details: Readonly<Record<string, unknown>>;
    ipAddress?: string | null;
    now: Date;
    expiresAt: Date;
  }): Promise<void>;
}

export interface DatabaseHealth {
  /** Resolves when the database answers. */
  ping(): Promise<void>;
}
