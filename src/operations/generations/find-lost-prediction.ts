import type { Generation } from "../../domain/generation.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

/**
 * The provider's job that an earlier try began without its id being stored: its process died in between, or the answer
 * did not arrive. Going on with it is better than paying for another one.
 * @throws AppError what the provider fails with: not knowing is no reason to begin another one
 */
export async function findLostPrediction(
  { generations, logger }: Pick<GenerationDependencies, "generations" | "logger">,
  input: { generation: Generation; provider: ImageProvider; request: ImageRequest; signal: AbortSignal },
): Promise<Prediction | null> {
  const { generation, provider, request, signal } = input;
  if (generation.attempts <= 1 || provider.findCreated === undefined) return null;
  for (const candidate of await provider.findCreated(request, generation.created_at, signal)) {
    // The same prompt with the same seed may be another job's.
    if ((await generations.findByPrediction(candidate.id)) !== null) continue;
    logger.info({ generationId: generation._id, predictionId: candidate.id }, "lost prediction found again");
    return candidate;
  }
  return null;
}
