import { failedExpiry } from "../../domain/generation.ts";
import { closeGeneration } from "./close-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

/** After the host's last try: the job fails and its credits come back. A job that ended meanwhile is only booked. */
export async function failPoisonedGeneration(
  dependencies: GenerationDependencies,
  input: { generationId: string },
): Promise<void> {
  const { generations, clock, logger } = dependencies;
  const now = clock.now();
  const failed = await generations.fail({
    generationId: input.generationId,
    errorCode: "internal",
    errorMessage: "The generation could not be carried out.",
    expiresAt: failedExpiry(now),
    now,
  });
  logger.error({ generationId: input.generationId, wasOpen: failed !== null }, "generation gave up after its last try");
  const ended = failed ?? (await generations.findById(input.generationId));
  if (ended?.is_open) await closeGeneration(dependencies, ended);
}
