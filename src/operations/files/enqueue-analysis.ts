import type { FileDependencies } from "./file-dependencies.ts";

/**
 * Sends the message for a file's analysis. The file is in the database already, so a queue that is away is no failure:
 * the timer sends the message once it is back.
 */
export async function enqueueAnalysis(
  {
    fileAnalysisQueue,
    files,
    clock,
    logger,
  }: Pick<FileDependencies, "fileAnalysisQueue" | "files" | "clock" | "logger">,
  fileId: string,
): Promise<boolean> {
  try {
    await fileAnalysisQueue.send({ fileId });
    await files.markEnqueued({ fileId, now: clock.now() });
    return true;
  } catch (error) {
    logger.warn({ error, fileId }, "file analysis not enqueued; the timer will");
    return false;
  }
}
