import type { Generation } from "../../domain/generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

/** Ends the provider's work on a job that nobody wants any more. A provider that cannot be told costs a log line only. */
export async function tellProviderToCancel(
  { providers, logger }: Pick<GenerationDependencies, "providers" | "logger">,
  generation: Generation,
): Promise<void> {
  const predictionId = generation.replicate_prediction_id;
  if (predictionId === undefined) return;
  try {
    const provider = await (await providers()).imageProvider(generation.provider);
    await provider.cancel(predictionId);
  } catch (error) {
    logger.warn({ error, generationId: generation._id }, "provider not told to cancel");
  }
}
