import { createHash } from "node:crypto";
import type { Generation } from "../../domain/generation.ts";
import { generationBlobName, generationImageId, generationThumbnailName, type Image } from "../../domain/image.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

type StoreDependencies = Pick<
  GenerationDependencies,
  "blobs" | "images" | "imageProcessor" | "localCache" | "clock" | "logger"
>;

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
export async function storePictures(dependencies: StoreDependencies, input: StoreInput): Promise<Image[]> {
  const stored: Image[] = [];
  for (const [index, output] of input.prediction.outputs.entries()) {
    await input.keepLease();
    const bytes = await input.provider.download(output, input.request, input.signal);
    stored.push(await storePicture(dependencies, input.generation, index, bytes));
  }
  return stored;
}

async function storePicture(
  { blobs, images, imageProcessor, localCache, clock, logger }: StoreDependencies,
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
    cache({ localCache, logger }, blobName, bytes),
    cache({ localCache, logger }, thumbnailName, thumbnail),
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

/** The local cache makes the first look at the picture fast; without it everything works all the same. */
async function cache(
  { localCache, logger }: Pick<StoreDependencies, "localCache" | "logger">,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  await localCache.put(name, bytes).catch((error: unknown) => logger.warn({ error, name }, "local cache not written"));
}
