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
    // Noted first: a worker may have used the message up before its sender comes to the next line, and what it notes
    // then must stay. A message that is noted and was never sent is found by the timer.
    await generations.markEnqueued({ generationId, now: clock.now() });
    await generationQueue.send({ generationId, ...options });
    return true;
  } catch (error) {
    logger.warn({ error, generationId }, "generation not enqueued; the timer will");
    await generations.markUnsent(generationId).catch(() => undefined);
    return false;
  }
}
