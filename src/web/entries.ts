import type { ImageSummaryJson, MessageJson } from "./api-types.ts";
import { wordsOf } from "./content.ts";
import { problemOfCode } from "./problem.ts";
import { changeThread, type Entry, type MessageFile, type Picture, store, type ToolCall, threadOf } from "./state.ts";

/** Keys of entries that were on screen before their message was stored, by message id. */
const keys = new Map<string, string>();

/** What an entry is before anything is known of it. */
export const blankEntry = {
  messageId: null,
  text: "",
  parts: null,
  files: [],
  calls: [],
  pictures: [],
  isStopped: false,
  isCutShort: false,
  problem: null,
  costCredits: null,
  model: null,
  generationId: null,
  prompt: null,
  idempotencyKey: null,
  version: 1,
  versionCount: 1,
  feedback: null,
  editing: null,
} as const satisfies Partial<Entry>;

/**
 * Addresses of pictures as this page can load them. The server names itself by its public address, which on a laptop
 * need not be the one in the address bar (localhost, 127.0.0.1), and the page's policy allows no other plain origin.
 */
export function sameOrigin(address: string): string {
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

function callsFrom(message: MessageJson, before: readonly ToolCall[]): readonly ToolCall[] {
  const stored = message.function_calls.map(
    ({ id, name, arguments: input, result, error }): ToolCall => ({
      id,
      name,
      input,
      status: error === undefined ? "done" : "failed",
      output: error ?? result ?? null,
    }),
  );
  // The calls of an answer are stored with its end; until then the stream alone knows them.
  return message.status === "streaming" && stored.length < before.length ? before : stored;
}

/** A message's copy of a file says enough to show it, whatever else it says. */
function filesFrom(files: readonly unknown[]): readonly MessageFile[] {
  return files.flatMap((file) => {
    const { file_id, id, name, size } = (file ?? {}) as Readonly<Record<string, unknown>>;
    const fileId = file_id ?? id;
    if (typeof fileId !== "string") return [];
    return [{ fileId, name: typeof name === "string" ? name : "File", size: typeof size === "number" ? size : null }];
  });
}

/** A stored message as the page shows it. @param before what is on screen in its place */
export function entryFrom(message: MessageJson, before: Entry | undefined): Entry {
  const { metadata, content } = message;
  const status = message.status === "streaming" ? "writing" : message.status;
  const text = wordsOf(content);
  const isSame = before?.messageId === message.id;
  // While an answer streams, what came over the stream can be ahead of what is stored.
  const isAhead = status === "writing" && isSame && before.text.length > text.length;
  return {
    key: before?.key ?? keys.get(message.id) ?? message.id,
    messageId: message.id,
    role: message.role === "user" ? "user" : "assistant",
    text: isAhead ? before.text : text,
    parts: typeof content === "string" ? null : content,
    files: filesFrom(message.files),
    calls: callsFrom(message, before?.calls ?? []),
    pictures: message.images.map((image) => pictureFrom(image, image.image_id, metadata.generation_id ?? null)),
    status,
    isStopped: message.is_stopped,
    isCutShort: metadata.finish_reason === "length",
    problem: status === "failed" ? ((isSame ? before.problem : null) ?? problemOfCode(metadata.error_code)) : null,
    createdAt: message.created_at,
    costCredits: metadata.cost_credits ?? null,
    model: metadata.model ?? null,
    generationId: metadata.generation_id ?? null,
    prompt: metadata.prompt ?? null,
    idempotencyKey: null,
    version: message.version,
    versionCount: message.version_count,
    feedback: message.feedback,
    editing: isSame ? before.editing : null,
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

/** Puts another version of a message into the place of the one on screen; what followed that one goes. */
export function replaceVersion(threadId: string, key: string, message: MessageJson): void {
  keys.set(message.id, key);
  const { entries } = threadOf(store.get(), threadId);
  const index = entries.findIndex((entry) => entry.key === key);
  if (index === -1) return;
  changeThread(threadId, { entries: [...entries.slice(0, index), entryFrom(message, entries[index])] });
}
