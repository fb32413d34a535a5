import { closeGeneration } from "../generations/close-generation.ts";
import { enqueueGeneration } from "../generations/enqueue-generation.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";

const batchSize = 200;
/** A job is enqueued right after it was stored; one this old without a message was left by a crash. In ms. */
const unsentAfterMs = 15_000;
/** With an empty queue, a message sent this long ago is gone for sure. In ms. */
const lostAfterMs = 60_000;
/** With a busy queue it may still be waiting; a second message does no harm, so it is sent now and then. In ms. */
const doubtfulAfterMs = 15 * 60_000;
/** An ended job is booked at once; one that is open after this long was left by a crash. In ms. */
const unbookedAfterMs = 15_000;

/** Sends again what has no message in flight, and books what ended without being booked. Safe to run twice or late. */
export async function requeueLostJobs(
  dependencies: GenerationDependencies,
): Promise<{ requeued: number; reclaimed: number; booked: number }> {
  const { generations, generationQueue, clock } = dependencies;
  const now = clock.now().getTime();
  const { approximateMessages } = await generationQueue.state();
  const patienceMs = approximateMessages === 0 ? lostAfterMs : doubtfulAfterMs;
  const unqueued = await generations.findUnqueued({
    neverBefore: new Date(now - unsentAfterMs),
    lastBefore: new Date(now - patienceMs),
    limit: batchSize,
  });
  const lapsed = await generations.findLapsed({ before: new Date(now), limit: batchSize });
  let sent = 0;
  for (const generation of [...unqueued, ...lapsed]) {
    if (await enqueueGeneration(dependencies, generation._id)) sent += 1;
  }
  const unbooked = await generations.findUnclosed({ before: new Date(now - unbookedAfterMs), limit: batchSize });
  for (const generation of unbooked) await closeGeneration(dependencies, generation);
  const reclaimed = Math.min(sent, lapsed.length);
  return { requeued: sent - reclaimed, reclaimed, booked: unbooked.length };
}
