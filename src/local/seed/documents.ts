import { encodeTime } from "ulid";
import { type Conversation, newConversation, titleFrom } from "../../domain/conversation.ts";
import { type Message, newUserMessage } from "../../domain/message.ts";
import { newEmailUser, type User } from "../../domain/user.ts";
import { simulatedChatModel } from "../simulated/chat/chat-provider.ts";

/** A document of `chatbot_memory`, as the capacity data set needs it. */
interface Memory {
  readonly _id: string;
  readonly user_id: string;
  readonly memory_type: "fact" | "preference" | "context";
  readonly content: string;
  readonly importance: number;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A document of `uploaded_files`, as the capacity data set needs it. */
interface UploadedFile {
  readonly _id: string;
  readonly user_id: string;
  readonly file_name: string;
  readonly file_path: string;
  readonly file_type: string;
  readonly file_size: number;
  readonly mime_type: string;
  readonly sha256: string;
  readonly analysis_status: "skipped";
  readonly analysis_result: null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const yearStart = Date.UTC(2026, 0, 1);
const yearMs = 365 * 86_400_000;
const model = simulatedChatModel.id;
const memoryTypes = ["fact", "preference", "context"] as const;

const vocabulary = (
  "river mountain lantern harbour copper violet winter engine garden signal paper thunder marble coffee window " +
  "forest candle mirror bridge silver ocean letter market shadow summer travel kitchen camera poem budget report " +
  "database network weather picture sketch colour portrait landscape recipe holiday meeting project deadline train"
).split(" ");

/** A number from 0 up to 1 that follows from `seed` alone. Source: the public-domain generator "mulberry32". */
function fraction(seed: number): number {
  let state = (seed + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
}

function words(seed: number, count: number): string {
  return Array.from(
    { length: count },
    (_unused, index) => vocabulary[Math.floor(fraction(seed * 31 + index) * vocabulary.length)],
  ).join(" ");
}

/** An id that sorts by `at` and then by `number`, the same at every run. */
function idOf(prefix: string, at: Date, number: number): string {
  return `${prefix}_${encodeTime(at.getTime(), 10)}${number.toString().padStart(16, "0")}`;
}

/** Spreads `count` things over one year. */
function momentOf(index: number, count: number): Date {
  return new Date(yearStart + Math.floor((index / count) * yearMs));
}

function userIdOf(index: number, users: number): string {
  return idOf("user", momentOf(index, users), index);
}

export interface Counts {
  readonly users: number;
  readonly conversations: number;
  readonly messages: number;
  readonly memories: number;
  readonly files: number;
}

export function loadUser(index: number, counts: Counts): User {
  return newEmailUser({
    userId: userIdOf(index, counts.users),
    email: `load-${index}@example.com`,
    // No password has this hash: nobody signs in to these accounts.
    hashedPassword: "none",
    now: momentOf(index, counts.users),
  });
}

function conversationPlace(index: number, counts: Counts): { conversationId: string; userId: string; startedAt: Date } {
  const startedAt = momentOf(index, counts.conversations);
  return {
    conversationId: idOf("conv", startedAt, index),
    userId: userIdOf(index % counts.users, counts.users),
    startedAt,
  };
}

export function loadConversation(index: number, counts: Counts): Conversation {
  const { conversationId, userId, startedAt } = conversationPlace(index, counts);
  return {
    ...newConversation({ conversationId, userId, title: titleFrom(words(index, 6)), model, now: startedAt }),
    total_messages: Math.floor(counts.messages / counts.conversations),
  };
}

/** Messages of one conversation follow each other by a minute; questions and answers take turns. */
export function loadMessage(index: number, counts: Counts): Message {
  const perConversation = Math.floor(counts.messages / counts.conversations);
  const place = index % perConversation;
  const { conversationId, userId, startedAt } = conversationPlace(Math.floor(index / perConversation), counts);
  const now = new Date(startedAt.getTime() + place * 60_000);
  const content = words(index, 24);
  const message = newUserMessage({ messageId: idOf("msg", now, index), conversationId, userId, now, content });
  return place % 2 === 0 ? message : { ...message, role: "assistant", metadata: { model, finish_reason: "stop" } };
}

export function loadMemory(index: number, counts: Counts): Memory {
  const at = momentOf(index, counts.memories);
  return {
    _id: idOf("mem", at, index),
    user_id: userIdOf(index % counts.users, counts.users),
    memory_type: memoryTypes[index % memoryTypes.length] ?? "fact",
    content: words(index, 10),
    importance: 1 + (index % 10),
    tags: [words(index, 1)],
    metadata: {},
    created_at: at,
    updated_at: at,
  };
}

export function loadFile(index: number, counts: Counts): UploadedFile {
  const at = momentOf(index, counts.files);
  const id = idOf("file", at, index);
  return {
    _id: id,
    user_id: userIdOf(index % counts.users, counts.users),
    file_name: `${words(index, 2).replace(" ", "-")}.txt`,
    file_path: `files/${id}`,
    file_type: "text",
    file_size: 1_000 + (index % 9_000),
    mime_type: "text/plain",
    sha256: index.toString(16).padStart(64, "0"),
    analysis_status: "skipped",
    analysis_result: null,
    metadata: {},
    created_at: at,
    updated_at: at,
  };
}
