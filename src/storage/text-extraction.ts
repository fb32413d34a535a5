import { parentPort, workerData } from "node:worker_threads";

/** Documents are read in a thread of its own, which this module is the entry of; it is loaded a second time there. */

/** What the thread is given. */
export interface ExtractionTask {
  readonly marker: typeof taskMarker;
  readonly kind: "pdf" | "docx";
  readonly bytes: Uint8Array;
  readonly maxCharacters: number;
  readonly maxPages: number;
}

/** What it answers, as one message. */
export type ExtractionAnswer =
  | { readonly text: string; readonly isTruncated: boolean; readonly pages?: number }
  | { readonly failure: "protected" | "broken" };

/** Tells our thread from any other that this module may be loaded in. */
export const taskMarker = "muse:text-extraction";

/** This module as a file: the source in development, a chunk of the bundle otherwise. */
export const moduleUrl = import.meta.url;

async function extractPdf({ bytes, maxCharacters, maxPages }: ExtractionTask): Promise<ExtractionAnswer> {
  const { getDocumentProxy } = await import("unpdf");
  const document = await getDocumentProxy(bytes, {
    // Errors only: what a broken file is made of is nobody's log line.
    verbosity: 0,
    stopAtErrors: false,
  });
  const pages = document.numPages;
  const texts: string[] = [];
  let length = 0;
  let read = 0;
  while (read < Math.min(pages, maxPages) && length <= maxCharacters) {
    read += 1;
    const page = await document.getPage(read);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
    page.cleanup();
    texts.push(text);
    length += text.length + 2;
  }
  return { text: texts.join("\n\n"), pages, isTruncated: read < pages };
}

async function extractDocx({ bytes }: ExtractionTask): Promise<ExtractionAnswer> {
  const { default: mammoth } = await import("mammoth");
  const { value } = await mammoth.extractRawText({ buffer: Buffer.from(bytes) });
  return { text: value, isTruncated: false };
}

async function answer(task: ExtractionTask): Promise<ExtractionAnswer> {
  try {
    const extracted = task.kind === "pdf" ? await extractPdf(task) : await extractDocx(task);
    if ("failure" in extracted || extracted.text.length <= task.maxCharacters) return extracted;
    return { ...extracted, text: extracted.text.slice(0, task.maxCharacters), isTruncated: true };
  } catch (error) {
    return { failure: error instanceof Error && error.name === "PasswordException" ? "protected" : "broken" };
  }
}

if (workerData?.marker === taskMarker) parentPort?.postMessage(await answer(workerData));
