import type { GenerationDependencies } from "./generation-dependencies.ts";

/**
 * Sends the job's queue message. The job is in the database already, so a queue that is away is no failure: the timer
 * sends the message once it is back.
 */
export async function enqueueGeneration(
  {
    generationQueue,
    generations,
    clock,
    logger,
  }: Pick<GenerationDependencies, "generationQueue" | "generations" | "clock" | "logger">,
  generationId: string,
  options: { delaySeconds?: number } = {},
): Promise<boolean> {
  try {
    await generationQueue.send({ generationId, ...options });
    await generations.markEnqueued({ generationId, now: clock.now() });
    return true;
  } catch (error) {
    logger.warn({ error, generationId }, "generation not enqueued; the timer will");
    return false;
  }
}
