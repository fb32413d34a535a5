import { isAppError } from "../../domain/errors.ts";
import { generationMessageSchema } from "../../schemas/generations.ts";
import { runGeneration } from "./run-generation.ts";

/** How long a message waits while a part of ours is away, in seconds. */
const outageDelaySeconds = 10;

/**
 * Takes one message of the queue. While the database is away the message is sent anew, to come later: the host counts
 * only a few deliveries before it takes a message for poison, and an outage of some minutes is no reason to fail jobs.
 * @throws what no second delivery of the same job should meet; the host counts it
 */
export async function receiveGeneration(
  dependencies: Parameters<typeof runGeneration>[0],
  message: unknown,
): Promise<void> {
  const { generationQueue, logger } = dependencies;
  const parsed = generationMessageSchema.safeParse(message);
  if (!parsed.success) {
    logger.error({ issues: parsed.error.issues }, "a message of the queue of generations could not be read");
    return;
  }
  const generationId = parsed.data.generation_id;
  try {
    await runGeneration(dependencies, { generationId });
  } catch (error) {
    if (!isAppError(error) || error.code !== "unavailable") throw error;
    logger.warn({ error, generationId }, "generation put back for a while");
    await generationQueue.send({ generationId, delaySeconds: outageDelaySeconds });
  }
}
