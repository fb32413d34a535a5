import { isAppError } from "../../domain/errors.ts";
import { isEnded } from "../../domain/generation.ts";
import { cancelGeneration } from "./cancel-generation.ts";
import { closeGeneration, removePictures } from "./close-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { requireGeneration } from "./read-generations.ts";

/**
 * Removes a generation for good, with its pictures; one that has not ended is cancelled first, and its credits come
 * back. What it cost stays in the ledger, and its message in the conversation, without pictures. The document goes last,
 * so that a deletion that was cut off can be repeated.
 * @throws AppError `not_found`, `forbidden`
 */
export async function deleteGeneration(
  dependencies: GenerationDependencies,
  input: { userId: string; generationId: string },
): Promise<void> {
  const { status } = await requireGeneration(dependencies, input);
  if (!isEnded(status)) await cancelUnlessEnded(dependencies, input);
  const ended = await requireGeneration(dependencies, input);
  if (ended.is_open) await closeGeneration(dependencies, ended);
  await removePictures(dependencies, ended);
  await dependencies.generations.remove(input);
}

async function cancelUnlessEnded(
  dependencies: GenerationDependencies,
  input: { userId: string; generationId: string },
): Promise<void> {
  try {
    await cancelGeneration(dependencies, input);
  } catch (error) {
    // It ended by itself at this very moment.
    if (!isAppError(error) || error.code !== "conflict") throw error;
  }
}
