import type { MessageNode, PathChange } from "../domain/branches.ts";
import type { FunctionCall, Message, MessageMetadata, TurnSettlement } from "../domain/message.ts";
import type { Page } from "./database.ts";

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
    /** These instead of those on the active path. */
    onlyIds?: readonly string[] | undefined;
    limit: number;
  }): Promise<readonly Message[]>;
  /** The newest message on the active path, in whatever state it is: what comes next follows it. Null: there is none. */
  findLastId(input: {
    userId: string;
    conversationId: string;
    /** Only messages before this one. */
    beforeId?: string | undefined;
  }): Promise<string | null>;
  /** The conversation's tree, from a message on: without texts. */
  findNodes(input: { conversationId: string; fromId?: string | undefined }): Promise<readonly MessageNode[]>;
  /** All versions of a message, oldest first. */
  findVersions(input: { userId: string; conversationId: string; versionGroup: string }): Promise<readonly Message[]>;
  /** Moves messages onto and off the active path. @returns how many more messages the path has now */
  changePath(input: { conversationId: string; change: PathChange; now: Date }): Promise<number>;
  /** Counts one more version. @returns its number; each of several at once gets its own */
  takeVersion(input: { conversationId: string; versionGroup: string }): Promise<number>;
  /** Tells all versions how many there are; a higher number stays. */
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
  /** The same for all answers of a conversation. */
  requestStops(input: { userId: string; conversationId: string; now: Date }): Promise<void>;
  isStopRequested(messageId: string): Promise<boolean>;
  /** Answers that still say `streaming` though their writer showed no life since `before`. */
  findDeadTurns(input: { before: Date; limit: number }): Promise<readonly Message[]>;
  /** Ended answers whose settlement was not confirmed, last changed before `before`. */
  findUnsettled(input: { before: Date; limit: number }): Promise<readonly Message[]>;
  markSettled(messageId: string): Promise<void>;
  /** All of a conversation's messages, for good. */
  removeOf(conversationId: string): Promise<void>;
}
