import {
  generationImageNames,
  type Image,
  type ImagePlaces,
  imagePlaces,
  isSound,
  uploadedImageNames,
} from "../../domain/image.ts";
import { sha256Of } from "../sha256.ts";
import { releasePlaces } from "./delete-image.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { placeImage } from "./place-image.ts";

export interface StoreImageInput {
  readonly imageId: string;
  readonly userId: string;
  readonly bytes: Uint8Array;
  /** Given for what a generation made: its names follow from it. */
  readonly generation?: { readonly id: string; readonly index: number };
  readonly conversationId?: string | undefined;
  readonly prompt?: string | null;
  readonly caption?: string | null;
  readonly tags?: readonly string[];
}

/**
 * Stores a picture: the original as it is, a preview and a thumbnail beside it, its document last. The same bytes of
 * the same user are stored once: a second document then shares the places of the first. Doing it again with the same id
 * changes nothing.
 * @throws AppError `unprocessable` when it is no picture or too large, `unavailable` when no place took it
 */
export async function storeImage(dependencies: ImageStorageDependencies, input: StoreImageInput): Promise<Image> {
  const { images, imageHomes, imageProcessor, clock } = dependencies;
  const { imageId, userId, bytes, generation } = input;
  const { width, height, mimeType, phash, carriesMetadata } = await imageProcessor.inspect(bytes);
  const sha256 = await sha256Of(bytes);
  const same = await imageHomes.findByContent({ userId, sha256 });
  const stored = same.filter((image) => image.service === "blob" && image.copies.some(isSound));
  const own = stored.find((image) => image._id === imageId);
  if (own !== undefined) return own;

  const document = (places: ImagePlaces): Image => {
    const now = clock.now();
    return {
      _id: imageId,
      user_id: userId,
      ...(generation === undefined ? {} : { generation_id: generation.id }),
      ...(input.conversationId === undefined ? {} : { conversation_id: input.conversationId }),
      index: generation?.index ?? 0,
      ...places,
      sha256,
      width,
      height,
      size: bytes.byteLength,
      mime_type: mimeType,
      ...(carriesMetadata ? { carries_metadata: true } : {}),
      generated: generation !== undefined,
      caption: input.caption ?? null,
      prompt: input.prompt ?? null,
      tags: input.tags ?? [],
      phash,
      created_at: now,
      updated_at: now,
    };
  };

  const [twin] = stored;
  if (twin !== undefined) {
    const shared = document(imagePlaces(twin));
    await images.put(shared);
    // Looked at after the own document is there: a deletion of the twin either sees it and spares the bytes, or is
    // seen here.
    if (await isStillThere(dependencies, twin)) return shared;
  }
  const names =
    generation === undefined
      ? uploadedImageNames(imageId, mimeType)
      : generationImageNames(generation.id, generation.index, mimeType);
  const isGenerated = generation !== undefined;
  const image = document(await placeImage(dependencies, { names, bytes, mimeType, sha256, isGenerated }));
  await images.put(image);
  if (twin !== undefined) await releasePlaces(dependencies, twin);
  return image;
}

async function isStillThere(
  { images }: Pick<ImageStorageDependencies, "images">,
  { user_id: userId, _id: imageId }: Image,
): Promise<boolean> {
  const current = await images.find({ userId, imageId });
  return current !== null && current.deleted_at === undefined;
}
