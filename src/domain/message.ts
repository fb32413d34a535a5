import type { ContentPart } from "./content-part.ts";
import type { MessageFile } from "./file.ts";
import type { ImageService } from "./image.ts";

export const messageRoles = ["user", "assistant", "system", "function"] as const;
export type MessageRole = (typeof messageRoles)[number];
export type MessageStatus = "streaming" | "complete" | "failed";
export const finishReasons = ["stop", "length", "interrupted", "function_call", "content_filter", "error"] as const;
export type FinishReason = (typeof finishReasons)[number];

export interface MessageImage {
  readonly image_id: string;
  readonly caption: string | null;
  readonly size: number;
  readonly mime_type: string;
  readonly width: number;
  readonly height: number;
  readonly generated: boolean;
  readonly service: ImageService;
  readonly cloud_url: string | null;
  readonly uploaded_at: Date;
}

export interface MessageMetadata {
  readonly model?: string;
  /** Prompt and completion tokens together. */
  readonly tokens?: number;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly temperature?: number;
  readonly finish_reason?: FinishReason;
  readonly generation_time_ms?: number;
  readonly first_token_ms?: number;
  readonly cost_credits?: number;
  /** Older messages that did not fit the model's context window. */
  readonly omitted_messages?: number;
  readonly error_code?: string;
  readonly prompt?: string;
  readonly negative_prompt?: string;
  readonly denoising_strength?: number;
  readonly cloud_service?: ImageService;
  readonly num_images?: number;
  readonly generation_id?: string;
  /** What the client sent along with a user message. */
  readonly custom?: Readonly<Record<string, unknown>>;
}

/** A tool that the answer called, and what came of it. */
export interface FunctionCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it. */
  readonly arguments: string;
  readonly result?: unknown;
  /** Why it came to nothing, in a sentence. */
  readonly error?: string;
  /** Characters of the answer that were written before the call; absent on calls of old. */
  readonly text_offset?: number;
}

/** What the turn's end still has to change elsewhere; kept on the message until it has, so that a crash loses none of it. */
export interface TurnSettlement {
  readonly cost_credits: number;
  readonly tokens: number;
  readonly cost_usd: number;
}

export const feedbackRatings = ["positive", "negative"] as const;

/** What the reader thinks of an answer. */
export interface MessageFeedback {
  readonly rating: (typeof feedbackRatings)[number];
  readonly comment: string | null;
  readonly submitted_at: Date;
}

/** A document of `messages`. */
export interface Message {
  readonly _id: string;
  readonly conversation_id: string;
  readonly user_id: string;
  readonly role: MessageRole;
  /** The content's words; for structured content those of its parts. */
  readonly content: string;
  readonly parts?: readonly ContentPart[];
  /** Plain text of the content, for search; written when the message is complete. */
  readonly text: string;
  readonly images: readonly MessageImage[];
  readonly files: readonly MessageFile[];
  /** The tools that the answer called, in order. */
  readonly function_calls?: readonly FunctionCall[];
  readonly metadata: MessageMetadata;
  /** From 1. */
  readonly version: number;
  /** The version that this one was made from; null for a first version. */
  readonly parent_message_id: string | null;
  /** The message before it on its path; null for the first, and for what stands on its own. */
  readonly previous_message_id: string | null;
  /** Id of the first version; all versions share it. */
  readonly version_group: string;
  /** How many versions there are. */
  readonly version_count: number;
  /** True off the active path: a newer version, or one before it, was chosen in its place. */
  readonly superseded: boolean;
  readonly activated_at?: Date;
  readonly is_edited: boolean;
  readonly is_stopped: boolean;
  readonly status: MessageStatus;
  readonly feedback?: MessageFeedback;
  /** True from the start of an answer until its credits and totals are settled; absent otherwise. */
  readonly is_open?: true;
  /** When the process that writes this answer last showed life. */
  readonly heartbeat_at?: Date;
  readonly stop_requested_at?: Date;
  readonly settlement?: TurnSettlement;
  /** By how much the turn of this answer changes the number of messages on the active path. */
  readonly message_delta?: number;
  /** The new version that this turn put on the active path: the answer itself, or the edited message. */
  readonly branch_id?: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface NewMessageInput {
  readonly messageId: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly previousMessageId?: string | null | undefined;
  /** Given for a new version of a message. */
  readonly versionOf?: VersionOf | undefined;
  readonly now: Date;
}

/** The message that a new version is made from. */
export type VersionOf = Pick<Message, "_id" | "version_group">;

function blankMessage(input: NewMessageInput): Omit<Message, "role" | "status"> {
  return {
    _id: input.messageId,
    conversation_id: input.conversationId,
    user_id: input.userId,
    content: "",
    text: "",
    images: [],
    files: [],
    metadata: {},
    version: 1,
    parent_message_id: input.versionOf?._id ?? null,
    previous_message_id: input.previousMessageId ?? null,
    version_group: input.versionOf?.version_group ?? input.messageId,
    version_count: 1,
    superseded: false,
    is_edited: false,
    is_stopped: false,
    created_at: input.now,
    updated_at: input.now,
  };
}

/** The message that an answer answers; null for what answers none, such as a generation's pictures. */
export function questionIdOf(message: Message): string | null {
  return message.metadata.generation_id === undefined ? message.previous_message_id : null;
}

/** A user's message, complete from the start. */
export function newUserMessage(
  input: NewMessageInput & {
    content: string;
    parts?: readonly ContentPart[] | undefined;
    custom?: Readonly<Record<string, unknown>> | undefined;
  },
): Message {
  return {
    ...blankMessage(input),
    role: "user",
    content: input.content,
    ...(input.parts === undefined ? {} : { parts: input.parts }),
    text: input.content,
    status: "complete",
    is_edited: input.versionOf !== undefined,
    metadata: input.custom === undefined ? {} : { custom: input.custom },
  };
}

/** Messages that a turn adds to its conversation: the user's and the answer. */
const messagesPerTurn = 2;

/** The assistant's answer before its first token. */
export function newStreamingAnswer(
  input: NewMessageInput & {
    model: string;
    temperature?: number | undefined;
    messageDelta?: number | undefined;
    branchId?: string | undefined;
  },
): Message {
  return {
    ...blankMessage(input),
    role: "assistant",
    status: "streaming",
    is_open: true,
    heartbeat_at: input.now,
    message_delta: input.messageDelta ?? messagesPerTurn,
    ...(input.branchId === undefined ? {} : { branch_id: input.branchId }),
    metadata: { model: input.model, ...(input.temperature === undefined ? {} : { temperature: input.temperature }) },
  };
}

/** The assistant's message that carries the pictures of a completed generation. */
export function newGenerationMessage(
  input: NewMessageInput & { content: string; images: readonly MessageImage[]; metadata: MessageMetadata },
): Message {
  return {
    ...blankMessage(input),
    role: "assistant",
    content: input.content,
    text: input.content,
    images: input.images,
    metadata: input.metadata,
    status: "complete",
  };
}
