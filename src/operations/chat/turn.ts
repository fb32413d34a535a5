import type { FunctionCall, Message } from "../../domain/message.ts";
import type { PromptMessage } from "../../domain/prompt.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Memories, UserSettings } from "../../ports/memories.ts";
import type { Messages } from "../../ports/messages.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { ProviderRegistry, Tokenizer, ToolDefinition } from "../../ports/providers.ts";
import type { Users } from "../../ports/users.ts";
import type { AnalysisDependencies } from "../files/analyze-file.ts";
import type { ImageLinks } from "../images/image-links.ts";
import type { Tool } from "../tools/tool.ts";
import type { AttachmentDependencies } from "./attachments.ts";
import { toMessageJson } from "./message-json.ts";

/** What the operations of a turn need. */
export interface TurnDependencies extends AttachmentDependencies, AnalysisDependencies {
  readonly users: Users;
  readonly ledger: Ledger;
  readonly conversations: Conversations;
  readonly messages: Messages;
  readonly memories: Memories;
  readonly userSettings: UserSettings;
  readonly providers: () => Promise<ProviderRegistry>;
  readonly tokenizer: Tokenizer;
  readonly imageLinks: ImageLinks;
  /** What models that can may call. */
  readonly tools: () => Promise<readonly Tool[]>;
  /** The turns that this process answers right now, by the answer's id; aborting one stops it. */
  readonly runningTurns: Map<string, AbortController>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** An event of a turn, in the order of the contract. */
export interface TurnEvent {
  readonly event: "conversation" | "message.created" | "delta" | "tool_call" | "tool_result" | "message.completed";
  readonly data: unknown;
  /** Made by `eventId`: enough to go on from here on any instance. */
  readonly id: string;
}

/** How far a stream has come. */
export interface StreamPosition {
  /** The event's number, from 1. */
  readonly sequence: number;
  /** Characters of the answer that were told. */
  readonly length: number;
  /** How many `tool_call` and `tool_result` events were told. They come in turns, as calls are carried out one by one. */
  readonly toolEvents: number;
}

/** `<number>-<characters>-<tool events>`. */
export function eventId({ sequence, length, toolEvents }: StreamPosition): string {
  return `${sequence}-${length}-${toolEvents}`;
}

/** The number of `message.created`; `conversation` is before it, whether or not the stream has it. */
export const createdSequence = 2;

/** The last event of an answer that did not fail. Its id says that nothing comes after it. */
export function completedEvent(message: Message, imageLinks: ImageLinks): TurnEvent {
  const toolEvents = 2 * (message.function_calls?.length ?? 0);
  const id = `end-${message.content.length}-${toolEvents}`;
  return { event: "message.completed", data: { message: toMessageJson(message, imageLinks) }, id };
}

/** What came of a call, as the client and the model are told it. */
export function outcomeOf(call: FunctionCall): { readonly result: unknown } | { readonly error: string } {
  return call.error === undefined ? { result: call.result } : { error: call.error };
}

/** A turn under way: its answer is written whether or not anybody reads the events. */
export interface Turn {
  readonly events: AsyncIterable<TurnEvent>;
}

/** What the provider is asked. */
export interface Prompt {
  readonly messages: readonly PromptMessage[];
  /** Undefined: so small that nobody had to count. */
  readonly promptTokens: number | undefined;
  readonly omittedMessages: number;
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  /** What the model is offered; empty when it cannot call tools, or the conversation's settings forbid it. */
  readonly tools: readonly ToolDefinition[];
}

/** Messages of a history that are looked at; older ones fit no window in practice. */
export const historyLimit = 200;

/** Reason of an abort that comes from this process's own end, not from the user. */
export const shutdownReason = "shutdown";
