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
 */
export async function storePictures(dependencies: ImageStorageDependencies, input: StoreInput): Promise<Image[]> {
  const stored: Image[] = [];
  for (const [index, output] of input.prediction.outputs.entries()) {
    await input.keepLease();
    const bytes = await input.provider.download(output, input.request, input.signal);
    const { _id: generationId, user_id: userId, conversation_id: conversationId, prompt, tags } = input.generation;
    stored.push(
      await storeImage(dependencies, {
        imageId: generationImageId(generationId, index),
        userId,
        bytes,
        generation: { id: generationId, index },
        conversationId,
        prompt,
        tags: normaliseTags(tags),
      }),
    );
  }
  return stored;
}
