import { finishRemoval } from "./delete-files.ts";
import { enqueueAnalysis } from "./enqueue-analysis.ts";
import type { FileDependencies } from "./file-dependencies.ts";

const batchSize = 200;
/** The message is sent right after the upload; a file this old without one was left by a crash. In ms. */
const unsentAfterMs = 15_000;
/** A pending file that saw no progress for this long gets another message; one too many does no harm. In ms. */
const lostAfterMs = 5 * 60_000;
/** A deletion takes a moment; one that is open after this long was left by a failure. In ms. */
const unremovedAfterMs = 60_000;

/** Sends again what no worker will see, and ends deletions that were cut short. Safe to run twice or late. */
export async function requeueLostFiles(
  dependencies: Pick<FileDependencies, "files" | "blobs" | "fileAnalysisQueue" | "clock" | "logger">,
): Promise<{ requeued: number; removed: number }> {
  const { files, clock } = dependencies;
  const now = clock.now();
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const lost = await files.findLost({
    neverBefore: ago(unsentAfterMs),
    lastBefore: ago(lostAfterMs),
    now,
    limit: batchSize,
  });
  let requeued = 0;
  for (const file of lost) if (await enqueueAnalysis(dependencies, file._id)) requeued += 1;
  const unremoved = await files.findUnremoved({ before: ago(unremovedAfterMs), limit: batchSize });
  for (const file of unremoved) await finishRemoval(dependencies, file);
  return { requeued, removed: unremoved.length };
}
