import { textBlobName, type UploadedFile } from "../../domain/file.ts";
import { requireOwned } from "../require-owned.ts";
import type { FileDependencies } from "./file-dependencies.ts";

type Dependencies = Pick<FileDependencies, "files" | "blobs" | "clock" | "logger">;

const batchSize = 100;

/** Removes a file with its bytes, its text and every mention in messages. @throws AppError `not_found`, `forbidden` */
export async function deleteFile(dependencies: Dependencies, input: { userId: string; fileId: string }): Promise<void> {
  const { files } = dependencies;
  const isOurs = (await removeFile(dependencies, input)) ? input.fileId : null;
  await requireOwned("file", isOurs, () => files.exists(input.fileId));
}

/**
 * Removes all files of a user, or those of one of their conversations.
 * @returns how many
 */
export async function deleteFilesOf(
  dependencies: Dependencies,
  input: { userId: string; conversationId?: string | undefined },
): Promise<number> {
  let count = 0;
  for (;;) {
    const { items, hasMore } = await dependencies.files.list({ ...input, limit: batchSize });
    for (const file of items) {
      if (await removeFile(dependencies, { userId: input.userId, fileId: file._id })) count += 1;
    }
    if (!hasMore) return count;
  }
}

/** False: this user has no such file. */
export async function removeFile(
  dependencies: Dependencies,
  input: { userId: string; fileId: string },
): Promise<boolean> {
  const file = await dependencies.files.markDeleted({ ...input, now: dependencies.clock.now() });
  if (file === null) return false;
  try {
    await finishRemoval(dependencies, file);
  } catch (error) {
    // For the user it is gone. What is left of it, the timer removes.
    dependencies.logger.warn({ error, fileId: file._id }, "file not removed whole; the timer will go on");
  }
  return true;
}

/** Removes what is left of a deleted file; its document goes last, so that nothing is forgotten. */
export async function finishRemoval(
  { files, blobs, clock }: Pick<Dependencies, "files" | "blobs" | "clock">,
  file: UploadedFile,
): Promise<void> {
  await Promise.all([
    blobs.remove(file.file_path),
    blobs.remove(textBlobName(file)),
    files.removeReferences({ userId: file.user_id, fileId: file._id, now: clock.now() }),
  ]);
  await files.remove(file._id);
}
