import type { Conversation, ConversationStatus } from "../domain/conversation.ts";
import type { ListPosition, Page } from "./database.ts";

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
