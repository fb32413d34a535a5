import * as api from "./api.ts";
import type { ConversationJson, ImageSummaryJson, MessageJson } from "./api-types.ts";
import { rememberConversation } from "./conversations.ts";
import { problemFrom, problemOfCode } from "./problem.ts";
import { changeThread, type Entry, newDraftId, type Picture, store, type Thread, threadOf } from "./state.ts";
import { pause } from "./waiting.ts";

/** The cursor that the newest page of each thread was read with: reading on from there finds what is new. */
const tailCursors = new Map<string, string | null>();
/** Keys of entries that were on screen before their message was stored, by message id. */
const keys = new Map<string, string>();
const loading = new Set<string>();
const followed = new Set<string>();

/**
 * Addresses of pictures as this page can load them. The server names itself by its public address, which on a laptop
 * need not be the one in the address bar (localhost, 127.0.0.1), and the page's policy allows no other plain origin.
 */
function sameOrigin(address: string): string {
  try {
    const url = new URL(address, window.location.href);
    return url.pathname.startsWith("/api/") ? `${url.pathname}${url.search}` : url.href;
  } catch {
    return address;
  }
}

export function pictureFrom(
  image: Omit<ImageSummaryJson, "id" | "index">,
  imageId: string,
  generationId: string | null,
): Picture {
  return {
    imageId,
    generationId,
    url: sameOrigin(image.url),
    thumbnailUrl: sameOrigin(image.thumbnail_url),
    width: image.width,
    height: image.height,
    mimeType: image.mime_type,
  };
}

function statusOf(message: MessageJson): Entry["status"] {
  return message.status === "streaming" ? "writing" : message.status;
}

function entryFrom(message: MessageJson, before: Entry | undefined): Entry {
  const { metadata } = message;
  const status = statusOf(message);
  // While an answer streams, what came over the stream can be ahead of what is stored.
  const isAhead = status === "writing" && before !== undefined && before.text.length > message.content.length;
  return {
    key: before?.key ?? keys.get(message.id) ?? message.id,
    messageId: message.id,
    role: message.role === "user" ? "user" : "assistant",
    text: isAhead ? before.text : message.content,
    pictures: message.images.map((image) => pictureFrom(image, image.image_id, metadata.generation_id ?? null)),
    status,
    isStopped: message.is_stopped,
    isCutShort: metadata.finish_reason === "length",
    problem: status === "failed" ? (before?.problem ?? problemOfCode(metadata.error_code)) : null,
    createdAt: message.created_at,
    costCredits: metadata.cost_credits ?? null,
    model: metadata.model ?? null,
    generationId: metadata.generation_id ?? null,
    prompt: metadata.prompt ?? null,
    idempotencyKey: null,
  };
}

/** @param streamed the message whose text a stream is bringing at the moment; what is stored of it is older or newer */
function merged(
  entries: readonly Entry[],
  messages: readonly MessageJson[],
  streamed: string | null,
): readonly Entry[] {
  const result = [...entries];
  for (const message of messages) {
    if (message.superseded || message.role === "system" || message.role === "function") continue;
    if (message.id === streamed && message.status === "streaming") continue;
    const index = result.findIndex((entry) => entry.messageId === message.id);
    if (index !== -1) {
      result[index] = entryFrom(message, result[index]);
      continue;
    }
    const firstLocal = result.findIndex((entry) => entry.messageId === null);
    result.splice(firstLocal === -1 ? result.length : firstLocal, 0, entryFrom(message, undefined));
  }
  return result;
}

/** Puts stored messages into a thread: known ones are replaced, new ones go before what is not stored yet. */
export function mergeMessages(threadId: string, messages: readonly MessageJson[]): void {
  const { entries, turn } = threadOf(store.get(), threadId);
  const streamed = turn === null || turn.phase === "recovering" ? null : turn.messageId;
  changeThread(threadId, { entries: merged(entries, messages, streamed) });
}

/** Says that an entry which is on screen already is this stored message. */
export function bindEntry(threadId: string, key: string, messageId: string): void {
  keys.set(messageId, key);
  const { entries } = threadOf(store.get(), threadId);
  changeThread(threadId, {
    entries: entries
      // A reading of the whole thread may have brought the message before the stream named it.
      .filter((entry) => entry.key === key || entry.messageId !== messageId)
      .map((entry) => (entry.key === key ? { ...entry, messageId } : entry)),
  });
}

async function readTail(threadId: string): Promise<void> {
  let cursor = tailCursors.get(threadId) ?? null;
  for (;;) {
    const page = await api.listMessages(threadId, cursor);
    mergeMessages(threadId, page.data);
    if (page.next_cursor === null) return;
    cursor = page.next_cursor;
    tailCursors.set(threadId, cursor);
  }
}

/** Reads what is new in a thread. @throws ApiError */
export async function refreshThread(threadId: string): Promise<void> {
  await readTail(threadId);
  followUnfinished(threadId);
}

function writingEntry(thread: Thread): Entry | undefined {
  return thread.entries.findLast((entry) => entry.status === "writing");
}

/** Answers that are written without a stream to this page (a reload, a broken connection) are read until they are done. */
function followUnfinished(threadId: string): void {
  const thread = threadOf(store.get(), threadId);
  const answer = writingEntry(thread);
  if (answer === undefined || thread.turn !== null || followed.has(threadId)) return;
  changeThread(threadId, {
    turn: { answerKey: answer.key, messageId: answer.messageId, phase: "recovering", isStopping: false },
  });
  void followAnswer(threadId);
}

const firstPauseMs = 900;
const longestPauseMs = 8_000;

/** Reads the thread again and again until nothing in it is being written. Ends the thread's turn. */
export async function followAnswer(threadId: string): Promise<void> {
  if (followed.has(threadId)) return;
  followed.add(threadId);
  let wait = firstPauseMs;
  try {
    while (writingEntry(threadOf(store.get(), threadId)) !== undefined) {
      await pause(wait);
      wait = Math.min(wait * 1.15, longestPauseMs);
      await readTail(threadId).catch(() => undefined);
    }
  } finally {
    followed.delete(threadId);
    changeThread(threadId, { turn: null });
  }
}

/** Reads a whole conversation; the server gives the oldest first. Failures are shown in the thread. */
export async function loadThread(threadId: string): Promise<void> {
  if (loading.has(threadId)) return;
  loading.add(threadId);
  changeThread(threadId, { problem: null });
  try {
    const known = store.get().conversations[threadId];
    const [conversation] = await Promise.all([known ?? api.getConversation(threadId), readTail(threadId)]);
    rememberConversation(conversation);
    changeThread(threadId, { status: "ready" });
    followUnfinished(threadId);
  } catch (error) {
    const problem = problemFrom(error);
    const isMissing = problem.status === 404 || problem.status === 403 || problem.status === 410;
    changeThread(threadId, { status: isMissing ? "missing" : "failed", problem });
  } finally {
    loading.delete(threadId);
  }
}

/** A draft became a conversation: its thread goes on under the conversation's id, on screen if it was. */
export function adoptDraft(draftId: string, conversation: ConversationJson): void {
  const state = store.get();
  const { [draftId]: thread, ...others } = state.threads;
  rememberConversation(conversation);
  store.set({
    threads: { ...others, [conversation.id]: { ...threadOf(state, draftId), ...thread, id: conversation.id } },
    current: state.current === draftId ? conversation.id : state.current,
    draft: state.draft === draftId ? newDraftId() : state.draft,
  });
}
