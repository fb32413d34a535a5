import { AppError, isAppError } from "../../domain/errors.ts";
import { type MessageFile, textBlobName, toMessageFile, type UploadedFile } from "../../domain/file.ts";
import { buildFileContext, type FileForPrompt } from "../../domain/file-context.ts";
import { type AnalysisDependencies, analyzeFile } from "./analyze-file.ts";

/** How long a turn waits for files whose analysis has not ended, in ms. */
const patienceMs = 4_000;
const pollMs = 150;

export interface TurnFiles {
  /** In the order of the ids, earlier ones last. */
  readonly files: readonly MessageFile[];
  /** For the prompt: every file's text, as far as it fits, fenced and marked as data. Empty without files. */
  readonly context: string;
  /** Pictures, ready for a model that can see. */
  readonly images: readonly { readonly mimeType: string; readonly base64: string }[];
}

/**
 * What a chat turn needs of the files that were attached to it. A file whose analysis is pending is analysed here if that
 * takes a few seconds; else the context says that it is not ready.
 * @param input.earlierIds files of messages before; those that were deleted meanwhile are left out
 * @param input.question decides which parts of a long text come first
 * @param input.maxCharacters length of the context at most
 * @throws AppError `not_found`, `forbidden`, with `errors[].path` = `files.<index>`; `unavailable`
 */
export async function readTurnFiles(
  dependencies: AnalysisDependencies,
  input: {
    userId: string;
    fileIds: readonly string[];
    earlierIds: readonly string[];
    question: string;
    maxCharacters: number;
  },
): Promise<TurnFiles> {
  const { userId, question, maxCharacters } = input;
  if (input.fileIds.length + input.earlierIds.length === 0) return { files: [], context: "", images: [] };
  const attached = await requireFiles(dependencies, input);
  const ready = await Promise.all(attached.map((file) => settle(dependencies, userId, file)));
  const [prompts, images] = await Promise.all([
    Promise.all(ready.map((file) => toPrompt(dependencies, file))),
    Promise.all(ready.filter(({ file_type }) => file_type === "image").map((file) => readPicture(dependencies, file))),
  ]);
  return {
    files: ready.map(toMessageFile),
    context: buildFileContext(prompts, { question, maxCharacters }),
    images: images.filter((image) => image !== null),
  };
}

async function requireFiles(
  { files }: AnalysisDependencies,
  { userId, fileIds, earlierIds }: { userId: string; fileIds: readonly string[]; earlierIds: readonly string[] },
): Promise<UploadedFile[]> {
  const all = await files.findMany({ userId, fileIds: [...new Set([...fileIds, ...earlierIds])] });
  const found = new Map(all.map((file) => [file._id, file]));
  const attached: UploadedFile[] = [];
  for (const [index, fileId] of fileIds.entries()) {
    const file = found.get(fileId);
    if (file === undefined) {
      const isOthers = await files.exists(fileId);
      const message = isOthers ? "belongs to another account" : "is not a file";
      const detail = isOthers ? "An attached file belongs to another account." : "There is no such file.";
      throw new AppError(isOthers ? "forbidden" : "not_found", {
        detail,
        errors: [{ path: `files.${index}`, message }],
      });
    }
    if (!attached.includes(file)) attached.push(file);
  }
  const earlier = earlierIds.flatMap((fileId) => found.get(fileId) ?? []);
  return [...new Set([...attached, ...earlier])];
}

/** The file with its analysis ended, or as it is as soon as its text is there, or when that takes too long. */
async function settle(dependencies: AnalysisDependencies, userId: string, file: UploadedFile): Promise<UploadedFile> {
  // Size and format of a picture are known already, and its description would only repeat what the model sees.
  if (file.analysis_status !== "pending" || file.file_type === "image") return file;
  const { clock, files, blobs, logger } = dependencies;
  const until = clock.now().getTime() + patienceMs;
  const textThere = Promise.withResolvers<UploadedFile>();
  const ending = new AbortController();
  const deadline = clock.sleep(patienceMs, ending.signal).then(() => null);
  const work = analyzeFile(dependencies, { fileId: file._id, onText: () => textThere.resolve(file) }).catch(
    (error: unknown) => {
      // The queue tries again; this turn goes on without the text.
      logger.warn({ error, fileId: file._id }, "file not analysed in time for its turn");
      return null;
    },
  );
  try {
    const ended = await Promise.race([work, deadline, textThere.promise]);
    if (ended !== null) return ended;
    return await waitForOther();
  } finally {
    ending.abort();
  }

  /** Somebody else is at it, or has just ended it. */
  async function waitForOther(): Promise<UploadedFile> {
    for (;;) {
      const current = await files.find({ userId, fileId: file._id });
      if (current === null) return file;
      if (current.analysis_status !== "pending" || clock.now().getTime() >= until) return current;
      if ((await blobs.get(textBlobName(file))) !== null) return current;
      await clock.sleep(pollMs);
    }
  }
}

async function toPrompt(dependencies: AnalysisDependencies, file: UploadedFile): Promise<FileForPrompt> {
  const about = { name: file.file_name, type: file.file_type, sha256: file.sha256 };
  if (file.file_type === "image") return { ...about, text: null, note: pictureNote(file) };
  switch (file.analysis_status) {
    case "failed":
      return { ...about, text: null, note: `it cannot be read. ${file.analysis_error ?? ""}`.trim() };
    case "skipped":
      return { ...about, text: null, note: "it holds no text, as a document made of scans." };
    case "pending":
    case "done": {
      const bytes = await dependencies.blobs.get(textBlobName(file));
      if (bytes !== null) return { ...about, text: new TextDecoder().decode(bytes), note: null };
      const isReady = file.analysis_status === "done";
      return {
        ...about,
        text: null,
        note: isReady ? "its text is gone." : "its text is not ready yet; tell the user so if it matters.",
      };
    }
  }
}

function pictureNote({ analysis_result: result }: UploadedFile): string {
  const size = result?.width === undefined ? "" : ` of ${result.width} × ${result.height} pixels`;
  return `a picture${size}, attached as such.`;
}

async function readPicture({ blobs, picturePreparer, logger }: AnalysisDependencies, file: UploadedFile) {
  const bytes = await blobs.get(file.file_path);
  if (bytes === null) return null;
  try {
    const prepared = await picturePreparer.prepareForModel(bytes);
    return { mimeType: prepared.mimeType, base64: Buffer.from(prepared.bytes).toString("base64") };
  } catch (error) {
    if (!isAppError(error)) throw error;
    logger.warn({ error, fileId: file._id }, "picture not ready for a model");
    return null;
  }
}
