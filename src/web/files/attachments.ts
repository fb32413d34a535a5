import * as api from "../api.ts";
import type { FileJson } from "../api-types.ts";
import { explainFailure } from "../features.ts";
import { bytesText } from "../format.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { type Attachment, type MessageFile, newKey, store } from "../state.ts";
import { announce, showToast } from "../toast.ts";
import { pause } from "../waiting.ts";
import { uploadFile } from "./upload.ts";

/** As the API's: bytes a file, files a message. */
const largestFile = 50_000_000;
const mostFiles = 20;
/** Uploads at a time; browsers open six connections to a server, and answers need some of them. */
const mostUploads = 2;

const none: readonly Attachment[] = [];
const uploads = new Map<string, AbortController>();
/** Files that this page brought to the server, so that it may take them away again. */
const own = new Set<string>();
const queue: (() => Promise<void>)[] = [];
let running = 0;

export function attachmentsOf(threadId: string): readonly Attachment[] {
  return store.get().attachments[threadId] ?? none;
}

function setAttachments(threadId: string, list: readonly Attachment[]): void {
  store.set({ attachments: { ...store.get().attachments, [threadId]: list } });
}

/** A draft may have become a conversation since, so an attachment is looked for everywhere. */
function change(key: string, values: Partial<Attachment>): boolean {
  const { attachments } = store.get();
  const place = Object.entries(attachments).find(([, list]) => list.some((attachment) => attachment.key === key));
  if (place === undefined) return false;
  const [threadId, list] = place;
  setAttachments(
    threadId,
    list.map((attachment) => (attachment.key === key ? { ...attachment, ...values } : attachment)),
  );
  return true;
}

function statusOf(file: FileJson): Pick<Attachment, "status" | "problem"> {
  if (file.analysis_status === "pending") return { status: "reading", problem: null };
  if (file.analysis_status !== "failed") return { status: "ready", problem: null };
  // It is stored all the same and can be sent; what is in it is not known.
  return { status: "ready", problem: "Muse could not read what is in it." };
}

const firstPauseMs = 700;
const longestPauseMs = 6_000;
const mostQuestions = 60;

/** Asks until the server has looked into a file. */
async function followAnalysis(key: string, fileId: string): Promise<void> {
  let wait = firstPauseMs;
  for (let asked = 0; asked < mostQuestions; asked += 1) {
    await pause(wait);
    wait = Math.min(wait * 1.4, longestPauseMs);
    try {
      const file = await api.getFile(fileId);
      if (!change(key, statusOf(file)) || file.analysis_status !== "pending") return;
    } catch (error) {
      if (problemFrom(error).status === 404) return;
    }
  }
  change(key, { status: "ready" });
}

async function upload(key: string, file: File): Promise<void> {
  const control = uploads.get(key);
  if (control === undefined) return;
  try {
    const uploaded = await uploadFile(file, {
      onProgress: (progress) => void change(key, { progress }),
      signal: control.signal,
    });
    const fileId = uploaded.stored.id;
    if (uploaded.isNew) own.add(fileId);
    // It was removed in the last moment.
    if (!change(key, { fileId, progress: 1, ...statusOf(uploaded.stored) })) void discard(fileId);
    else if (uploaded.stored.analysis_status === "pending") void followAnalysis(key, fileId);
  } catch (error) {
    if (control.signal.aborted) return;
    const problem = problemFrom(error);
    if (problem.status === 404 || problem.status === 405) {
      explainFailure(error, "files", false);
      store.set({ attachments: {} });
    } else if (change(key, { status: "failed", problem: wordsFor(problem) })) {
      announce(`${file.name} could not be uploaded. ${wordsFor(problem)}`);
    }
  } finally {
    uploads.delete(key);
  }
}

async function work(): Promise<void> {
  if (running >= mostUploads) return;
  running += 1;
  try {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  } finally {
    running -= 1;
  }
}

/** What the server would refuse without a look into it. */
function faultOf({ size }: File): string | null {
  if (size === 0) return "It is empty.";
  return size > largestFile ? `Larger than ${bytesText(largestFile)}.` : null;
}

/** Puts files beside the message of a thread and uploads them. */
export function attach(threadId: string, files: readonly File[]): void {
  const present = attachmentsOf(threadId);
  const room = mostFiles - present.length;
  if (files.length > room) showToast({ text: `A message takes ${mostFiles} files at most.`, tone: "problem" });
  const added = files.slice(0, Math.max(0, room)).map((file) => {
    const fault = faultOf(file);
    const attachment: Attachment = {
      key: newKey(),
      name: file.name || "file",
      size: file.size,
      status: fault === null ? "uploading" : "failed",
      progress: 0,
      fileId: null,
      problem: fault,
      preview: file.type.startsWith("image/") && fault === null ? URL.createObjectURL(file) : null,
    };
    if (fault === null) {
      uploads.set(attachment.key, new AbortController());
      queue.push(() => upload(attachment.key, file));
    }
    return attachment;
  });
  if (added.length === 0) return;
  setAttachments(threadId, [...present, ...added]);
  announce(added.length === 1 ? `Adding ${added[0]?.name ?? "a file"}` : `Adding ${added.length} files`);
  for (let worker = 0; worker < mostUploads; worker += 1) void work();
}

async function discard(fileId: string): Promise<void> {
  if (own.delete(fileId)) await api.deleteFile(fileId).catch(() => undefined);
}

/** Takes a file away from the message; one that this page brought goes from the server too. */
export function detach(threadId: string, key: string): void {
  const gone = attachmentsOf(threadId).find((attachment) => attachment.key === key);
  if (gone === undefined) return;
  uploads.get(key)?.abort();
  setAttachments(
    threadId,
    attachmentsOf(threadId).filter((attachment) => attachment !== gone),
  );
  if (gone.preview !== null) URL.revokeObjectURL(gone.preview);
  if (gone.fileId !== null) void discard(gone.fileId);
}

/** Takes the files that are ready for the message that is being sent; those that failed stay behind. */
export function takeAttachments(threadId: string): readonly MessageFile[] {
  const list = attachmentsOf(threadId);
  const taken = list.flatMap(({ fileId, name, size }) => (fileId === null ? [] : [{ fileId, name, size }]));
  for (const { fileId, preview } of list) {
    if (fileId === null) continue;
    own.delete(fileId);
    if (preview !== null) URL.revokeObjectURL(preview);
  }
  setAttachments(
    threadId,
    list.filter(({ fileId }) => fileId === null),
  );
  return taken;
}

/** Puts files that the server has back beside the message. */
export function giveBackAttachments(threadId: string, files: readonly MessageFile[]): void {
  const restored = files.map(
    ({ fileId, name, size }): Attachment => ({
      key: newKey(),
      name,
      size: size ?? 0,
      status: "ready",
      progress: 1,
      fileId,
      problem: null,
      preview: null,
    }),
  );
  if (restored.length > 0) setAttachments(threadId, [...attachmentsOf(threadId), ...restored]);
}
