import { failedExpiry } from "../../domain/generation.ts";
import { generationMessageSchema } from "../../schemas/generations.ts";
import { closeGeneration } from "./close-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { tellProviderToCancel } from "./tell-provider.ts";

/** After the host's last try: the job fails and its credits come back. A job that ended meanwhile is only booked. */
export async function failPoisonedGeneration(dependencies: GenerationDependencies, message: unknown): Promise<void> {
  const { generations, clock, logger } = dependencies;
  const parsed = generationMessageSchema.safeParse(message);
  if (!parsed.success) {
    logger.error({ issues: parsed.error.issues }, "a poisoned message of the queue of generations could not be read");
    return;
  }
  const generationId = parsed.data.generation_id;
  const now = clock.now();
  const failed = await generations.fail({
    generationId,
    errorCode: "internal",
    errorMessage: "The generation could not be carried out.",
    expiresAt: failedExpiry(now),
    now,
  });
  logger.error({ generationId, wasOpen: failed !== null }, "generation gave up after its last try");
  const ended = failed ?? (await generations.findById(generationId));
  if (!ended?.is_open) return;
  await Promise.all([closeGeneration(dependencies, ended), tellProviderToCancel(dependencies, ended)]);
}
