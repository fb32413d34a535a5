import type { Share } from "./share.ts";

export const conversationStatuses = ["active", "archived", "deleted"] as const;
export type ConversationStatus = (typeof conversationStatuses)[number];

export const defaultSystemPrompt = "You are a helpful AI assistant.";
const untitled = "New conversation";
const titleLength = 60;

/** A document of `conversations`. */
export interface Conversation {
  readonly _id: string;
  readonly user_id: string;
  readonly title: string;
  readonly status: ConversationStatus;
  readonly model: string;
  readonly system_prompt: string;
  readonly total_messages: number;
  readonly total_tokens: number;
  /** US dollars, from the model's price; 0 for models without one. */
  readonly estimated_cost: number;
  readonly last_message_at: Date;
  readonly is_archived: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  /** The newest turns whose totals are in; a retried update finds its own id here and changes nothing. */
  readonly counted_turns: readonly string[];
  /** What was said before the messages that fit the model's window. */
  readonly summary?: { readonly text: string; readonly up_to_message_id: string };
  /** While everybody with its link may read it. */
  readonly share?: Share;
  readonly deleted_at?: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A title from the first message: its first line, cut at a word. */
export function titleFrom(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return untitled;
  if (line.length <= titleLength) return line;
  const cut = line.slice(0, titleLength);
  const lastSpace = cut.lastIndexOf(" ");
  return `${(lastSpace > titleLength / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}

/** A model's idea of a title, as a title: one line, without quotation marks, short. Empty when nothing is left. */
export function cleanTitle(text: string): string {
  const line = text
    .trim()
    .split("\n")[0]
    ?.replace(/^(title|titel)\s*:\s*/i, "")
    .replace(/^["'“”«»*#\s]+|["'“”«»*.\s]+$/g, "");
  return line === undefined || line === "" ? "" : titleFrom(line);
}

export function newConversation(input: {
  conversationId: string;
  userId: string;
  title?: string | undefined;
  model: string;
  systemPrompt?: string | undefined;
  metadata?: Readonly<Record<string, unknown>> | undefined;
  context?: Readonly<Record<string, unknown>> | undefined;
  now: Date;
}): Conversation {
  return {
    _id: input.conversationId,
    user_id: input.userId,
    title: input.title ?? untitled,
    status: "active",
    model: input.model,
    system_prompt: input.systemPrompt ?? defaultSystemPrompt,
    total_messages: 0,
    total_tokens: 0,
    estimated_cost: 0,
    last_message_at: input.now,
    is_archived: false,
    metadata: input.metadata ?? {},
    context: input.context ?? {},
    counted_turns: [],
    created_at: input.now,
    updated_at: input.now,
  };
}

/** Whether the title is still the placeholder, so that the first message may give it one. */
export function isUntitled(conversation: Pick<Conversation, "title">): boolean {
  return conversation.title === untitled;
}
