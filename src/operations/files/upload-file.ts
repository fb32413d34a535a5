import { AppError, invalidField } from "../../domain/errors.ts";
import { type AnalysisResult, cleanFileName, newUploadedFile, type UploadedFile } from "../../domain/file.ts";
import { classifyFile } from "../../domain/file-kinds.ts";
import type { SubscriptionTier } from "../../domain/plans.ts";
import type { FileJson, UploadFile } from "../../schemas/files.ts";
import { requireNamedConversation } from "../chat/conversations.ts";
import { sha256Of } from "../sha256.ts";
import { requireRoom } from "../storage-room.ts";
import { removeFile } from "./delete-files.ts";
import { enqueueAnalysis } from "./enqueue-analysis.ts";
import type { FileDependencies } from "./file-dependencies.ts";
import { toFileJson } from "./file-json.ts";

type Dependencies = Pick<
  FileDependencies,
  | "files"
  | "gallery"
  | "conversations"
  | "blobs"
  | "contentSniffer"
  | "imageProcessor"
  | "fileAnalysisQueue"
  | "clock"
  | "ids"
  | "logger"
>;

interface UploadInput {
  readonly userId: string;
  readonly tier: SubscriptionTier;
  readonly upload: UploadFile;
  readonly conversationId?: string | undefined;
}

/**
 * Checks and stores a file, and has it analysed in the background. The same bytes again are the file that is there.
 * @returns the file, and whether it is new
 * @throws AppError `validation_failed`, `unsupported_media_type`, `unprocessable` (broken, or over the account's
 * storage), `not_found` and `forbidden` for the conversation
 */
export async function uploadFile(
  dependencies: Dependencies,
  input: UploadInput,
): Promise<{ file: FileJson; isNew: boolean }> {
  const { files } = dependencies;
  const { userId, conversationId } = input;
  const { bytes } = input.upload;
  const fileName = cleanFileName(input.upload.fileName);
  if (fileName === "") throw invalidField("file_name", "is not a file name");
  if (conversationId !== undefined) await requireNamedConversation(dependencies, { userId, conversationId });
  const { kind, mimeType, analysisResult } = await inspect(dependencies, bytes, fileName);
  const sha256 = await sha256Of(bytes);
  const existing = await files.findByContent({ userId, sha256 });
  if (existing !== null) return { file: toFileJson(existing), isNew: false };
  await requireRoom(dependencies, { ...input, more: { files: 1, bytes: bytes.byteLength } });
  const file = newUploadedFile({
    fileId: dependencies.ids.next("file"),
    userId,
    conversationId,
    fileName,
    kind,
    mimeType,
    size: bytes.byteLength,
    sha256,
    analysisResult,
    now: dependencies.clock.now(),
  });
  return store(dependencies, input, file);
}

/** What the bytes are; everything that can be told of them at once is checked here. */
async function inspect({ contentSniffer, imageProcessor }: Dependencies, bytes: Uint8Array, fileName: string) {
  const { kind, mimeType } = classifyFile(await contentSniffer.sniff(bytes), fileName);
  if (kind === "json" && bytes.byteLength <= checkedJsonBytes) requireJson(bytes);
  if (kind !== "image") return { kind, mimeType, analysisResult: null };
  const picture = await imageProcessor.inspect(bytes);
  const format = picture.mimeType.replace("image/", "");
  const analysisResult: AnalysisResult = { width: picture.width, height: picture.height, format };
  return { kind, mimeType: picture.mimeType, analysisResult };
}

/** Parsing more than this would hold other requests up; larger files are taken for the text that they are. */
const checkedJsonBytes = 2_097_152;

function requireJson(bytes: Uint8Array): void {
  try {
    JSON.parse(
      new TextDecoder(bytes[0] === 0xff ? "utf-16le" : bytes[0] === 0xfe ? "utf-16be" : "utf-8").decode(bytes),
    );
  } catch (cause) {
    throw new AppError("unprocessable", { detail: "The name ends in .json, but the content is no valid JSON.", cause });
  }
}

/** The blob first, so that no file is ever shown whose bytes are not there. */
async function store(
  dependencies: Dependencies,
  input: UploadInput,
  file: UploadedFile,
): Promise<{ file: FileJson; isNew: boolean }> {
  const { files, blobs } = dependencies;
  await blobs.put({ name: file.file_path, bytes: input.upload.bytes, mimeType: file.mime_type });
  if (!(await files.insert(file))) {
    // Another upload of the same bytes was faster.
    await blobs.remove(file.file_path);
    const winner = await files.findByContent({ userId: file.user_id, sha256: file.sha256 });
    if (winner !== null) return { file: toFileJson(winner), isNew: false };
    throw new AppError("conflict", { detail: "The same file was deleted at this moment. Send it again." });
  }
  try {
    // Counted again with the file in: of uploads at once, the last to count sees all, so there is never too much.
    await requireRoom(dependencies, { ...input, more: { files: 0, bytes: 0 } });
  } catch (error) {
    await removeFile(dependencies, { userId: file.user_id, fileId: file._id });
    throw error;
  }
  await enqueueAnalysis(dependencies, file._id);
  return { file: toFileJson(file), isNew: true };
}
