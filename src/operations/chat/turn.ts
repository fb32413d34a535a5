import type { PromptMessage } from "../../domain/prompt.ts";
import type { Conversations, Ledger, Messages, Users } from "../../ports/database.ts";
import type { Memories, UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { ProviderRegistry, Tokenizer, ToolDefinition } from "../../ports/providers.ts";
import type { AnalysisDependencies } from "../files/analyze-file.ts";
import type { ImageLinks } from "../images/image-links.ts";
import type { Tool } from "../tools/tool.ts";
import type { AttachmentDependencies } from "./attachments.ts";

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
  /** `<number>-<length of the answer so far>`: enough to go on from here on any instance. */
  readonly id: string;
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
