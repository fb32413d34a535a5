import { runningGenerations } from "../../domain/plans.ts";
import { enqueueGeneration } from "./enqueue-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

/** A message that was sent this long ago without starting anything may be gone; another one does no harm. In ms. */
const doubtfulAfterMs = 30_000;

type Dependencies = Pick<GenerationDependencies, "users" | "generations" | "generationQueue" | "clock" | "logger">;

/**
 * Sends the messages for those of a user's jobs that may begin now. It is called when a job is made and when one ends.
 *
 * The queue itself knows no users and no order. So of each user no more messages are in it than jobs may run: whoever
 * asks for fifty pictures has two messages in the queue, and the next user's one stands behind these, not behind fifty.
 * A message only says "something of this user may begin": the worker takes the oldest job.
 * @param input.sentBefore messages from before then count as lost
 * @returns how many were sent. It never throws: what it could not do a timer does
 */
export async function startWaiting(
  dependencies: Dependencies,
  input: { userId: string; sentBefore?: Date },
): Promise<number> {
  const { users, generations, clock, logger } = dependencies;
  const { userId } = input;
  const now = clock.now();
  const sentBefore = input.sentBefore ?? new Date(now.getTime() - doubtfulAfterMs);
  let sent = 0;
  try {
    const [mostRunning, { running, waiting }] = await Promise.all([
      mostRunningOf({ users }, userId),
      generations.findRunnable({ userId, now, limit: maxMostRunning }),
    ]);
    for (const { _id: generationId, enqueued_at: sentAt } of waiting.slice(
      0,
      Math.max(0, mostRunning - running.length),
    )) {
      const isOnItsWay = sentAt !== undefined && sentAt >= sentBefore;
      if (!isOnItsWay && (await enqueueGeneration(dependencies, generationId))) sent += 1;
    }
  } catch (error) {
    logger.warn({ error, userId }, "waiting generations not started; the timer will");
  }
  return sent;
}

const maxMostRunning = Math.max(...Object.values(runningGenerations));

/** How many generations of a user may run at a time. */
export async function mostRunningOf({ users }: Pick<Dependencies, "users">, userId: string): Promise<number> {
  const user = await users.findById(userId);
  return runningGenerations[user?.subscription_tier ?? "free"];
}
