import { contentKey } from "../../domain/file.ts";
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
import { type PlaceInput, placeImage } from "./place-image.ts";

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
  const [same, earlier] = await Promise.all([
    imageHomes.findByContent({ userId, sha256 }),
    generation === undefined ? null : images.find({ userId, imageId }),
  ]);
  const stored = same.filter(isInBlob);
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

  const names =
    generation === undefined
      ? uploadedImageNames(imageId, mimeType)
      : generationImageNames(generation.id, generation.index, mimeType);
  const placing = { names, bytes, mimeType, sha256, isGenerated: generation !== undefined };
  const image = await placeOrShare(dependencies, { twin: stored[0], placing, document });
  // An earlier try of the same job may have brought other bytes to other places.
  if (earlier !== null && earlier.deleted_at === undefined) await releasePlaces(dependencies, earlier, [image]);
  return image;
}

/** With the places of the twin, the picture with the same bytes, if there is one and it stays; else with its own. */
async function placeOrShare(
  dependencies: ImageStorageDependencies,
  input: { twin: Image | undefined; placing: PlaceInput; document: (places: ImagePlaces) => Image },
): Promise<Image> {
  const { twin, placing, document } = input;
  if (twin !== undefined) {
    const shared = await shareWith(dependencies, document(imagePlaces(twin)), twin);
    if (shared !== null) return shared;
  }
  const image = await putOrShare(dependencies, document(await placeImage(dependencies, placing)));
  if (twin !== undefined) await releasePlaces(dependencies, twin);
  return image;
}

/** Of the same bytes at the same moment one stays where it is; the others share its places, and leave none of their own. */
async function putOrShare(dependencies: ImageStorageDependencies, placed: Image): Promise<Image> {
  const { images, imageHomes } = dependencies;
  const { _id: imageId, user_id: userId, sha256 } = placed;
  const first = await images.put({ ...placed, content_key: contentKey(userId, sha256) });
  if (first !== null) return first;
  const same = await imageHomes.findByContent({ userId, sha256 });
  const winner = same.find((image) => image._id !== imageId && isInBlob(image));
  const shared =
    winner === undefined ? null : await shareWith(dependencies, { ...placed, ...imagePlaces(winner) }, winner);
  if (shared === null) return (await images.put(placed)) ?? placed;
  await releasePlaces(dependencies, placed);
  return shared;
}

const isInBlob = (image: Image) => image.service === "blob" && image.copies.some(isSound);

/**
 * Stores a document that shares the places of another.
 * @returns null when the other is being deleted: its bytes may be gone
 */
async function shareWith(dependencies: ImageStorageDependencies, image: Image, other: Image): Promise<Image | null> {
  const shared = await dependencies.images.put(image);
  // Looked at after the own document is there: a deletion of the other either sees it and spares the bytes, or is
  // seen here.
  return (await isStillThere(dependencies, other)) ? shared : null;
}

async function isStillThere(
  { images }: Pick<ImageStorageDependencies, "images">,
  { user_id: userId, _id: imageId, blob_name: name }: Image,
): Promise<boolean> {
  const current = await images.find({ userId, imageId });
  return current !== null && current.deleted_at === undefined && current.blob_name === name;
}
