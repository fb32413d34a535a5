import { lostDeliveryMs } from "../../domain/webhook.ts";
import { closeGeneration } from "../generations/close-generation.ts";
import { enqueueGeneration } from "../generations/enqueue-generation.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { startWaiting } from "../generations/start-waiting.ts";

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
): Promise<{ requeued: number; reclaimed: number; booked: number; webhooks: number }> {
  const { generations, generationQueue, generationWebhooks, webhookQueue, clock } = dependencies;
  const now = clock.now().getTime();
  const { approximateMessages } = await generationQueue.state();
  const lastBefore = new Date(now - (approximateMessages === 0 ? lostAfterMs : doubtfulAfterMs));
  const neverBefore = new Date(now - unsentAfterMs);
  let reclaimed = 0;
  for (const { _id: generationId } of await generations.findLapsed({ before: new Date(now), limit: batchSize })) {
    if (await enqueueGeneration(dependencies, generationId)) reclaimed += 1;
  }
  const unbooked = await generations.findUnclosed({ before: new Date(now - unbookedAfterMs), limit: batchSize });
  for (const generation of unbooked) await closeGeneration(dependencies, generation);
  let requeued = 0;
  // By user: of many jobs that wait for their turn, which is as it should be, most need no message.
  for (const userId of await generations.findWaitingUsers({ neverBefore, lastBefore, limit: batchSize })) {
    requeued += await startWaiting(dependencies, { userId, sentBefore: lastBefore });
  }
  const due = await generationWebhooks.findDue({ before: new Date(now - lostDeliveryMs), limit: batchSize });
  for (const generationId of due) await webhookQueue.send({ generationId });
  return { requeued, reclaimed, booked: unbooked.length, webhooks: due.length };
}
