import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import type { UploadedFile } from "../../domain/file.ts";
import type { Files } from "../../ports/files.ts";
import type { BlobStorage } from "../../ports/storage.ts";
import type { FileJson, ListFiles } from "../../schemas/files.ts";
import { requireOwned } from "../require-owned.ts";
import { toFileJson } from "./file-json.ts";

/** Newest first. */
export async function listFiles(
  { files }: { readonly files: Files },
  input: { userId: string; query: ListFiles },
): Promise<{ data: FileJson[]; next_cursor: string | null }> {
  const { limit, cursor, conversation_id: conversationId } = input.query;
  const page = await files.list({ userId: input.userId, conversationId, after: decodeCursor(cursor), limit });
  return {
    data: page.items.map(toFileJson),
    next_cursor: nextCursor(page, cursorByCreation),
  };
}

/** @throws AppError `not_found`, `forbidden` */
export async function getFile(
  dependencies: { readonly files: Files },
  input: { userId: string; fileId: string },
): Promise<FileJson> {
  return toFileJson(await requireFile(dependencies, input));
}

function requireFile({ files }: { readonly files: Files }, input: { userId: string; fileId: string }) {
  return files.find(input).then((found) => requireOwned<UploadedFile>("file", found, () => files.exists(input.fileId)));
}

/** What a download needs. The bytes are read only when they are asked for. */
export interface FileContent {
  readonly fileName: string;
  /** Never one that a browser runs: markup is plain text here. */
  readonly mimeType: string;
  readonly etag: string;
  read(): Promise<Uint8Array>;
}

/** @throws AppError `not_found`, `forbidden` */
export async function getFileContent(
  dependencies: { readonly files: Files; readonly blobs: BlobStorage },
  input: { userId: string; fileId: string },
): Promise<FileContent> {
  const file = await requireFile(dependencies, input);
  return {
    fileName: file.file_name,
    // What has a byte order mark is read by that, whatever stands here.
    mimeType: file.mime_type.startsWith("text/") ? `${file.mime_type}; charset=utf-8` : file.mime_type,
    etag: `"${file.sha256.slice(0, 32)}"`,
    read: async () => {
      const bytes = await dependencies.blobs.get(file.file_path);
      if (bytes === null) throw new AppError("not_found", { detail: "The file's bytes are gone." });
      return bytes;
    },
  };
}
