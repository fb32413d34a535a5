import { AppError } from "../../domain/errors.ts";
import { freeSlot, type Generation, isEnded, leaseMs } from "../../domain/generation.ts";
import { closeGeneration } from "./close-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { mostRunningOf } from "./start-waiting.ts";

/** Other workers may be faster with the same job or the same place this often before the message is put back. */
const maxTries = 20;

/** One claim of a job. */
export interface Work {
  readonly generation: Generation;
  /** The name in its lease: of this claim, not only of this process. */
  readonly owner: string;
  readonly startedAt: Date;
}

/**
 * What a queue message is good for: the job that it names if its worker died, else the oldest job of the same user that
 * may begin. Null: nothing, because as many run as may, or none waits.
 * @throws AppError `unavailable`
 */
export async function takeJob(
  dependencies: GenerationDependencies,
  input: { generationId: string },
): Promise<Work | null> {
  const { generations, ids, clock, logger } = dependencies;
  const named = await generations.findById(input.generationId);
  if (named === null) {
    logger.warn({ generationId: input.generationId }, "queue message for a generation that does not exist");
    return null;
  }
  const owner = `${ids.instance}:${ids.bare()}`;
  if (named.status === "processing") {
    const now = clock.now();
    const generation = await generations.reclaim({ generationId: named._id, owner, now, leaseUntil: leaseEnd(now) });
    if (generation !== null) return { generation, owner, startedAt: now };
  }
  // A job whose worker died between its end and its booking. Its place is free already.
  if (isEnded(named.status) && named.is_open) await closeGeneration(dependencies, named);
  return takeOldest(dependencies, named, owner);
}

export function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + leaseMs);
}

/**
 * The message is used up, whatever it is used for. A job that counts on one that is gone would wait for the timer, so
 * whoever may do that is noted to have none; one too many costs nothing.
 */
async function takeOldest(
  dependencies: GenerationDependencies,
  named: Generation,
  owner: string,
): Promise<Work | null> {
  const { generations, clock } = dependencies;
  const { user_id: userId } = named;
  const mostRunning = await mostRunningOf(dependencies, userId);
  let isGivenUp = false;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const now = clock.now();
    const { running, waiting } = await generations.findRunnable({ userId, now, limit: 1 });
    const [oldest] = waiting;
    if (oldest === undefined) return null;
    const slot = freeSlot(userId, running, mostRunning);
    if (slot === null) {
      if (isGivenUp) return null;
      // The end of a running job has to send another. One may have ended before it could see that: hence the second look.
      await Promise.all([...new Set([oldest._id, named._id])].map((id) => generations.markUnsent(id)));
      isGivenUp = true;
      continue;
    }
    const claim = { generationId: oldest._id, owner, slot, now, leaseUntil: leaseEnd(now) };
    const generation = await generations.claim(claim);
    if (generation === null) continue;
    // The job that was taken had no message of its own, which could be there for the other one now.
    if (generation._id !== named._id && generation.enqueued_at === undefined) await generations.markUnsent(named._id);
    return { generation, owner, startedAt: now };
  }
  throw new AppError("unavailable", { detail: "Other workers were faster every time.", isRetryable: true });
}
