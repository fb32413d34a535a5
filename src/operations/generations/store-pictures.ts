import { createHash } from "node:crypto";
import type { Generation } from "../../domain/generation.ts";
import { generationBlobName, generationImageId, generationThumbnailName, type Image } from "../../domain/image.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

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
 * Brings a finished prediction's pictures into Blob, with thumbnails, and into the registry. One after the other, so that
 * memory holds one picture at a time. All names follow from the job: doing it again overwrites the same things.
 */
export async function storePictures(
  dependencies: Pick<GenerationDependencies, "blobs" | "images" | "imageProcessor" | "clock">,
  input: StoreInput,
): Promise<Image[]> {
  const stored: Image[] = [];
  for (const [index, output] of input.prediction.outputs.entries()) {
    await input.keepLease();
    const bytes = await input.provider.download(output, input.request, input.signal);
    stored.push(await storePicture(dependencies, input.generation, index, bytes));
  }
  return stored;
}

async function storePicture(
  { blobs, images, imageProcessor, clock }: Pick<GenerationDependencies, "blobs" | "images" | "imageProcessor" | "clock">,
  generation: Generation,
  index: number,
  bytes: Uint8Array,
): Promise<Image> {
  const { width, height, mimeType } = await imageProcessor.inspect(bytes);
  const thumbnail = await imageProcessor.thumbnail(bytes);
  const blobName = generationBlobName(generation._id, index, mimeType);
  const thumbnailName = generationThumbnailName(generation._id, index);
  const [blobUrl] = await Promise.all([
    blobs.put({ name: blobName, bytes, mimeType }),
    blobs.put({ name: thumbnailName, bytes: thumbnail, mimeType: "image/jpeg" }),
  ]);
  const now = clock.now();
  const image: Image = {
    _id: generationImageId(generation._id, index),
    user_id: generation.user_id,
    generation_id: generation._id,
    ...(generation.conversation_id === undefined ? {} : { conversation_id: generation.conversation_id }),
    index,
    blob_name: blobName,
    thumbnail_blob: thumbnailName,
    service: "blob",
    copies: [{ service: "blob", url: blobUrl, verified_at: now }],
    sha256: createHash("sha256").update(bytes).digest("hex"),
    width,
    height,
    size: bytes.byteLength,
    mime_type: mimeType,
    generated: true,
    caption: null,
    prompt: generation.prompt,
    tags: generation.tags,
    created_at: now,
    updated_at: now,
  };
  await images.put(image);
  return image;
}
