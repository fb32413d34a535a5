import { AppError, isAppError } from "../../domain/errors.ts";
import type { Generation } from "../../domain/generation.ts";
import { generationImageId, type Image } from "../../domain/image.ts";
import { normaliseTags } from "../../domain/tags.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";
import { storeImage } from "../images/store-image.ts";

interface StoreInput {
  readonly generation: Generation;
  readonly provider: ImageProvider;
  readonly request: ImageRequest;
  readonly prediction: Prediction;
  readonly signal: AbortSignal;
  /** Called before each picture; throws when the job is not this worker's any more. */
  keepLease(): Promise<void>;
}

/**
 * Brings a finished prediction's pictures to their homes and into the registry. One after the other, so that
 * memory holds one picture at a time. All names follow from the job: doing it again overwrites the same things.
 * @throws AppError `provider_failed` for what is no picture, `unavailable` when no place took one
 */
export async function storePictures(dependencies: ImageStorageDependencies, input: StoreInput): Promise<Image[]> {
  const stored: Image[] = [];
  for (const [index, output] of input.prediction.outputs.entries()) {
    await input.keepLease();
    const bytes = await input.provider.download(output, input.request, input.signal);
    const { _id: generationId, user_id: userId, conversation_id: conversationId, prompt, tags } = input.generation;
    const storing = storeImage(dependencies, {
      imageId: generationImageId(generationId, index),
      userId,
      bytes,
      generation: { id: generationId, index },
      conversationId,
      prompt,
      tags: normaliseTags(tags),
    });
    stored.push(
      await storing.catch((error: unknown) => {
        throw blamingProvider(error);
      }),
    );
  }
  return stored;
}

/** What cannot be decoded is no fault of the user's here. It may have been cut off on its way, so another try is worth it. */
function blamingProvider(error: unknown): unknown {
  if (!isAppError(error) || error.code !== "unprocessable") return error;
  return new AppError("provider_failed", {
    detail: "The provider sent a picture that cannot be used.",
    isRetryable: true,
    cause: error,
  });
}
