import { AppError } from "../../domain/errors.ts";
import type { GenerationJson } from "../../schemas/generations.ts";
import { closeGeneration } from "./close-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toGenerationJson } from "./generation-json.ts";
import { requireGeneration } from "./read-generations.ts";
import { tellProviderToCancel } from "./tell-provider.ts";

/**
 * Cancels a job that has not ended: its credits come back at once, the provider is told.
 * @throws AppError `not_found`, `forbidden`; `conflict` when it has ended
 */
export async function cancelGeneration(
  dependencies: GenerationDependencies,
  input: { userId: string; generationId: string },
): Promise<GenerationJson> {
  const { generations, clock } = dependencies;
  const cancelled = await generations.cancel({ ...input, now: clock.now() });
  if (cancelled === null) {
    const ended = await requireGeneration(dependencies, input);
    throw new AppError("conflict", { detail: `This generation has ended already: ${ended.status}.` });
  }
  await Promise.all([closeGeneration(dependencies, cancelled), tellProviderToCancel(dependencies, cancelled)]);
  const { is_open: _closedNow, ...closed } = cancelled;
  return toGenerationJson(dependencies, closed);
}
