import { Worker } from "node:worker_threads";
import { AppError } from "../domain/errors.ts";
import { maxTextCharacters } from "../domain/file.ts";
import { createGate } from "../platform/gate.ts";
import type { ExtractedText, TextExtractor } from "../ports/files.ts";
import type { ExtractionAnswer, ExtractionTask } from "./text-extraction.ts";

interface TextExtractorOptions {
  /** How long one document may take, in ms. */
  readonly timeoutMs?: number;
  readonly maxPages?: number;
}

const defaultTimeoutMs = 20_000;
const defaultMaxPages = 500;
/** Threads at once in one process; further documents wait. */
const maxThreads = 2;
/** Heap of one thread, in megabytes. */
const maxHeapMegabytes = 384;
/** UTF-8 takes at most four bytes a character. */
const maxTextBytes = maxTextCharacters * 4;

const failures = {
  protected: "The document is protected by a password.",
  broken: "The document is damaged and cannot be read.",
  slow: "The document takes too long to read.",
  large: "The document is too large to read.",
} as const;

function unreadable(failure: keyof typeof failures): AppError {
  return new AppError("unprocessable", { detail: failures[failure] });
}

/** Runs a task in a thread, which is ended with it: at the answer, at the deadline, or when its memory is used up. */
async function runThread(task: ExtractionTask, moduleUrl: string, timeoutMs: number): Promise<ExtractionAnswer> {
  const thread = new Worker(new URL(moduleUrl), {
    workerData: task,
    // Parsers of foreign documents see nothing of the settings, and write into no log.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ExtractionAnswer>((resolve, reject) => {
      timer = setTimeout(() => reject(unreadable("slow")), timeoutMs);
      thread.once("message", resolve);
      thread.once("error", (error: Error & { code?: string }) =>
        reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? unreadable("large") : error),
      );
      thread.once("exit", () => reject(new Error("the extraction thread ended without an answer")));
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}

/** UTF-8, or UTF-16 with its byte order mark. */
function decode(bytes: Uint8Array): ExtractedText {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  const head = bytes.subarray(0, maxTextBytes);
  // As a stream, so that a character that the cut went through is left out.
  const text = new TextDecoder(encoding).decode(head, { stream: head.byteLength < bytes.byteLength });
  return { text, isTruncated: head.byteLength < bytes.byteLength };
}

/** Line breaks as one character, nothing that is not text, no runs of empty lines; cut to what is kept. */
function normalise({ text, isTruncated, pages }: ExtractedText): ExtractedText {
  const clean = text
    .replace(/\r\n?/g, "\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
    .replace(/[\x00-\x08\x0B-\x1F\x7F\uFEFF]/g, "")
    .replace(/[ \t]+\n/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .toWellFormed()
    .trim();
  const isCut = clean.length > maxTextCharacters;
  return {
    text: isCut ? clean.slice(0, maxTextCharacters).toWellFormed() : clean,
    isTruncated: isTruncated || isCut,
    ...(pages === undefined ? {} : { pages }),
  };
}

/**
 * Reads PDF by `unpdf` and DOCX by `mammoth`, each document in a thread of its own: it never holds the event loop up, and
 * is stopped when it needs too much time or memory. All the rest is text already.
 */
export function createTextExtractor(options: TextExtractorOptions = {}): TextExtractor {
  const throughGate = createGate(maxThreads);

  async function readDocument(kind: "pdf" | "docx", bytes: Uint8Array): Promise<ExtractedText> {
    const { moduleUrl, taskMarker } = await import("./text-extraction.ts");
    const task: ExtractionTask = {
      marker: taskMarker,
      kind,
      bytes,
      maxCharacters: maxTextCharacters,
      maxPages: options.maxPages ?? defaultMaxPages,
    };
    const answer = await runThread(task, moduleUrl, options.timeoutMs ?? defaultTimeoutMs);
    if ("failure" in answer) throw unreadable(answer.failure);
    return answer;
  }

  return {
    extract: async ({ kind, bytes }) =>
      normalise(kind === "pdf" || kind === "docx" ? await throughGate(() => readDocument(kind, bytes)) : decode(bytes)),
  };
}
