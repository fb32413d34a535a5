import type { ContentPart, ConversationJson, GenerationJson, ModelsJson, UserJson } from "./api-types.ts";
import type { PageAddress } from "./pages/address.ts";
import type { Problem } from "./problem.ts";
import { createStore } from "./store.ts";

export interface Picture {
  readonly imageId: string;
  readonly generationId: string | null;
  readonly url: string;
  readonly thumbnailUrl: string;
  readonly width: number;
  readonly height: number;
  readonly mimeType: string;
}

/** A picture that others are made from. */
export interface StartPicture {
  readonly imageId: string;
  readonly thumbnailUrl: string;
}

/** A tool that an answer called. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it. */
  readonly input: string;
  readonly status: "running" | "done" | "failed";
  /** What the tool gave back, or why it did not. */
  readonly output: unknown;
}

/** A file that goes, or went, with a message. */
export interface MessageFile {
  readonly fileId: string;
  readonly name: string;
  /** Bytes; null where it is not known. */
  readonly size: number | null;
}

/** One's own message while it is being changed. */
interface EditDraft {
  readonly text: string;
  /** Why it was refused. */
  readonly problem: Problem | null;
}

/** One message as the page shows it: stored by the server, or still on its way there (`messageId` null). */
export interface Entry {
  /** Stays the same from the moment of typing until the stored message, so that its element does too. */
  readonly key: string;
  readonly messageId: string | null;
  readonly role: "user" | "assistant";
  readonly text: string;
  /** Structured content; `text` then has its words. */
  readonly parts: readonly ContentPart[] | null;
  readonly files: readonly MessageFile[];
  readonly calls: readonly ToolCall[];
  readonly pictures: readonly Picture[];
  readonly status: "sending" | "unsent" | "writing" | "complete" | "failed";
  readonly isStopped: boolean;
  readonly isCutShort: boolean;
  readonly problem: Problem | null;
  /** ISO-8601. */
  readonly createdAt: string;
  readonly costCredits: number | null;
  readonly model: string | null;
  readonly generationId: string | null;
  /** What a picture was made from. */
  readonly prompt: string | null;
  /** Sent with a message that the server has not confirmed; sending again with it cannot spend twice. */
  readonly idempotencyKey: string | null;
  readonly version: number;
  readonly versionCount: number;
  readonly feedback: { readonly rating: "positive" | "negative"; readonly comment: string | null } | null;
  readonly editing: EditDraft | null;
}

/** The answer that is being written in a thread. */
interface Turn {
  readonly answerKey: string;
  readonly messageId: string | null;
  readonly phase: "waiting" | "writing" | "recovering";
  readonly isStopping: boolean;
}

export interface Thread {
  /** The conversation's id; for one that does not exist yet, the draft's. */
  readonly id: string;
  readonly status: "loading" | "ready" | "failed" | "missing";
  readonly problem: Problem | null;
  readonly entries: readonly Entry[];
  readonly turn: Turn | null;
}

/** A file that is to go with the next message of a thread. */
export interface Attachment {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** `reading` while the server looks into it, after which it can be used best. */
  readonly status: "uploading" | "reading" | "ready" | "failed";
  /** 0 to 1, while it is being uploaded. */
  readonly progress: number;
  readonly fileId: string | null;
  readonly problem: string | null;
  /** The address of a small picture of it, for pictures. */
  readonly preview: string | null;
}

/** A generation that the page follows. */
export interface Job {
  readonly generation: GenerationJson;
  readonly isCancelling: boolean;
}

export interface ConversationList {
  readonly folder: "active" | "archived";
  readonly items: readonly ConversationJson[];
  readonly cursor: string | null;
  readonly status: "loading" | "ready" | "failed";
}

export interface AppState {
  readonly phase: "starting" | "ready" | "failed";
  readonly problem: Problem | null;
  readonly user: UserJson | null;
  /** Credits that can be spent now. */
  readonly credits: number | null;
  readonly models: ModelsJson | null;
  readonly isOnline: boolean;
  readonly list: ConversationList;
  /** Conversations that the page knows, whether or not they are in the list that is shown. */
  readonly conversations: Readonly<Record<string, ConversationJson>>;
  /** The thread on screen. */
  readonly current: string;
  /** The thread that becomes the next new conversation. */
  readonly draft: string;
  readonly threads: Readonly<Record<string, Thread>>;
  readonly jobs: Readonly<Record<string, Job>>;
  /** Files that wait for their message, by thread. */
  readonly attachments: Readonly<Record<string, readonly Attachment[]>>;
  /** The model for the next new conversation; null for the server's choice. */
  readonly draftModel: string | null;
  /** The message, by its id or that of a picture in it, that has to come into view as soon as its thread is there. */
  readonly target: { readonly threadId: string; readonly placeId: string } | null;
  /** What the next picture is made from. */
  readonly startPicture: StartPicture | null;
  /** What another part of the page wants in the box, for the person to change or send. */
  readonly wish: { readonly mode: "chat" | "picture"; readonly text: string } | null;
  /** The page that stands in the place of the conversation; null while that is shown. */
  readonly page: PageAddress | null;
  /** Parts of the API that this server does not have. */
  readonly missing: readonly Feature[];
}

export type Feature = "files" | "memories" | "settings" | "search" | "sharing" | "feedback";

const draftPrefix = "draft:";

export function newDraftId(): string {
  return `${draftPrefix}${newKey()}`;
}

export function isDraft(threadId: string): boolean {
  return threadId.startsWith(draftPrefix);
}

/** A random UUID (version 4); `crypto.randomUUID` alone is missing on insecure origins. */
export function newKey(): string {
  // The DOM's types promise it everywhere.
  const native: (() => string) | undefined = crypto.randomUUID;
  if (native !== undefined) return native.call(crypto);
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    const versioned = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return versioned.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const draft = newDraftId();

export const store = createStore<AppState>({
  phase: "starting",
  problem: null,
  user: null,
  credits: null,
  models: null,
  isOnline: navigator.onLine,
  list: { folder: "active", items: [], cursor: null, status: "loading" },
  conversations: {},
  current: draft,
  draft,
  threads: {},
  jobs: {},
  attachments: {},
  draftModel: null,
  target: null,
  startPicture: null,
  wish: null,
  page: null,
  missing: [],
});

function emptyThread(id: string): Thread {
  return { id, status: isDraft(id) ? "ready" : "loading", problem: null, entries: [], turn: null };
}

export function threadOf(state: AppState, id: string): Thread {
  return state.threads[id] ?? emptyThread(id);
}

export function currentThread(state: AppState): Thread {
  return threadOf(state, state.current);
}

export function changeThread(id: string, change: Partial<Omit<Thread, "id">>): void {
  const state = store.get();
  store.set({ threads: { ...state.threads, [id]: { ...threadOf(state, id), ...change } } });
}

export function changeEntry(threadId: string, key: string, change: Partial<Omit<Entry, "key">>): void {
  const { entries } = threadOf(store.get(), threadId);
  changeThread(threadId, {
    entries: entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)),
  });
}
