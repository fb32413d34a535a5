import { isAppError } from "../../domain/errors.ts";
import {
  type AnalysisResult,
  previewCharacters,
  summaryCharacters,
  textBlobName,
  type UploadedFile,
} from "../../domain/file.ts";
import { detectLanguage, summarise } from "../../domain/text-digest.ts";
import type { FileDependencies } from "./file-dependencies.ts";

export type AnalysisDependencies = Pick<
  FileDependencies,
  | "files"
  | "blobs"
  | "textExtractor"
  | "picturePreparer"
  | "describePicture"
  | "summarizeText"
  | "clock"
  | "ids"
  | "logger"
>;

/**
 * How long a worker has a file to itself, in ms: twice what an extraction may take. One that had to wait longer for a
 * thread still ends the analysis, unless another took it over.
 */
const leaseMs = 45_000;
/** A file whose worker died this often is what kills it. */
const maxAttempts = 5;

type Outcome =
  | { readonly status: "done" | "skipped"; readonly result: AnalysisResult }
  | { readonly status: "failed"; readonly error: string };

/**
 * Analyses a pending file. Safe to run twice or at once: one worker claims it, and its end is written once.
 * What may pass is thrown, so that the queue tries again; what a file itself is to blame for ends the analysis.
 * @param input.onText called when the text is stored, which may be some seconds before a model has summed it up
 * @returns the ended file, or null when there is nothing to do here
 */
export async function analyzeFile(
  dependencies: AnalysisDependencies,
  { fileId, onText }: { fileId: string; onText?: () => void },
): Promise<UploadedFile | null> {
  const { files, blobs, clock, ids, logger } = dependencies;
  const input = { fileId };
  const now = clock.now();
  // One worker may try the same file twice at once, so its own name would not do.
  const owner = `${ids.instance}/${ids.bare()}`;
  const file = await files.claim({ ...input, owner, now, leaseUntil: new Date(now.getTime() + leaseMs) });
  if (file === null) return null;
  let outcome: Outcome;
  try {
    outcome = file.attempts > maxAttempts ? gaveUp : await examine(dependencies, file, onText);
  } catch (error) {
    await files.release({ ...input, owner, now: clock.now() });
    throw error;
  }
  const ended = await files.finish({
    ...input,
    owner,
    status: outcome.status,
    result: outcome.status === "failed" ? file.analysis_result : outcome.result,
    error: outcome.status === "failed" ? outcome.error : undefined,
    now: clock.now(),
  });
  if (ended === null && (await files.findById(input.fileId)) === null) {
    // Deleted while it was read: its text must not stay behind.
    await blobs.remove(textBlobName(file));
  }
  logger.info({ ...input, status: outcome.status, durationMs: clock.now().getTime() - now.getTime() }, "file analysed");
  return ended;
}

const gaveUp: Outcome = { status: "failed", error: "The file could not be analysed." };

async function examine(
  dependencies: AnalysisDependencies,
  file: UploadedFile,
  onText: (() => void) | undefined,
): Promise<Outcome> {
  const bytes = await dependencies.blobs.get(file.file_path);
  if (bytes === null) return { status: "failed", error: "The file's bytes are gone." };
  try {
    return file.file_type === "image"
      ? await examinePicture(dependencies, file, bytes)
      : await examineText(dependencies, file, { kind: file.file_type, bytes, onText });
  } catch (error) {
    if (isAppError(error) && error.code === "unprocessable") {
      return { status: "failed", error: error.detail ?? "The file cannot be read." };
    }
    throw error;
  }
}

/** Size and format are known since the upload; a model that can see adds a description. */
async function examinePicture(
  { picturePreparer, describePicture, logger }: AnalysisDependencies,
  file: UploadedFile,
  bytes: Uint8Array,
): Promise<Outcome> {
  const known = file.analysis_result ?? {};
  if (describePicture === undefined) return { status: "done", result: known };
  const prepared = await picturePreparer.prepareForModel(bytes);
  const description = await describePicture({
    userId: file.user_id,
    mimeType: prepared.mimeType,
    base64: Buffer.from(prepared.bytes).toString("base64"),
  }).catch((error: unknown) => {
    logger.warn({ error, fileId: file._id }, "picture not described");
    return null;
  });
  return { status: "done", result: description === null ? known : { ...known, description } };
}

async function examineText(
  dependencies: AnalysisDependencies,
  file: UploadedFile,
  {
    kind,
    bytes,
    onText,
  }: { kind: Exclude<UploadedFile["file_type"], "image">; bytes: Uint8Array; onText: (() => void) | undefined },
): Promise<Outcome> {
  const { textExtractor, blobs } = dependencies;
  const { text, pages, isTruncated } = await textExtractor.extract({ kind, bytes });
  const counts = { text_length: text.length, truncated: isTruncated, ...(pages === undefined ? {} : { pages }) };
  if (text === "") return { status: "skipped", result: counts };
  await blobs.put({
    name: textBlobName(file),
    bytes: Buffer.from(text, "utf8"),
    mimeType: "text/plain; charset=utf-8",
  });
  onText?.();
  const language = detectLanguage(text);
  return {
    status: "done",
    result: {
      ...counts,
      ...(language === undefined ? {} : { language }),
      summary: await summaryOf(dependencies, file, text),
      preview: text.slice(0, previewCharacters).toWellFormed(),
    },
  };
}

/** By the model; where there is none, or it fails, made of the text's own words. */
async function summaryOf(
  { summarizeText, logger }: AnalysisDependencies,
  file: UploadedFile,
  text: string,
): Promise<string> {
  const byModel = await summarizeText?.({ name: file.file_name, text }).catch((error: unknown) => {
    logger.warn({ error, fileId: file._id }, "file not summed up by a model");
    return null;
  });
  return byModel?.slice(0, summaryCharacters).toWellFormed() ?? summarise(text, file.file_type);
}

/**
 * What a message asks for. A file that another worker has is looked at again when that worker's lease is over: if it
 * died, its message may have been this one.
 */
export async function runFileAnalysis(
  dependencies: AnalysisDependencies & Pick<FileDependencies, "fileAnalysisQueue">,
  input: { fileId: string },
): Promise<void> {
  const { files, fileAnalysisQueue, clock } = dependencies;
  if ((await analyzeFile(dependencies, input)) !== null) return;
  const file = await files.findById(input.fileId);
  if (file?.analysis_status !== "pending" || file.lease === undefined) return;
  const remainingMs = file.lease.until.getTime() - clock.now().getTime();
  await fileAnalysisQueue.send({ ...input, delaySeconds: Math.max(0, remainingMs) / 1_000 + 1 });
}

/** After the host's last try: the analysis fails. One that ended meanwhile stays as it is. */
export async function failPoisonedAnalysis(
  { files, clock, logger }: Pick<AnalysisDependencies, "files" | "clock" | "logger">,
  input: { fileId: string },
): Promise<void> {
  const file = await files.findById(input.fileId);
  const failed =
    file === null
      ? null
      : await files.finish({
          ...input,
          status: "failed",
          result: file.analysis_result,
          error: "The file could not be analysed.",
          now: clock.now(),
        });
  logger.error({ ...input, wasOpen: failed !== null }, "file analysis gave up after its last try");
}
