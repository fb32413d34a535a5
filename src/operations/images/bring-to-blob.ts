import { type Image, type ImageCopy, type ImageNames, placesByCopies, uploadedImageNames } from "../../domain/image.ts";
import { sha256Of } from "../sha256.ts";
import { releasePlaces } from "./delete-image.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { readCopy } from "./read-image.ts";

/**
 * For this long a copy that its host has changed is not taken for the original: another machine's cache may still have
 * that. In ms.
 */
const alteredCopyPatienceMs = 86_400_000;

/**
 * Brings a picture to Blob Storage from this machine's cache or from a public copy, with its derivatives, and notes it
 * everywhere. Safe to run twice.
 * @returns false: no place gave its bytes
 * @throws AppError `unavailable` when Blob does not take it
 */
export async function bringToBlob(dependencies: ImageStorageDependencies, image: Image): Promise<boolean> {
  const { imageHomes, clock } = dependencies;
  const survivor = await surviving(dependencies, image);
  if (survivor === null) return false;
  const { bytes, copy: found } = survivor;
  const names = { ...uploadedImageNames(image._id, image.mime_type), ...knownNames(image) };
  const [url, facts] = await putWithDerivatives(dependencies, names, bytes);
  const hosted = image.copies
    .filter(({ service }) => service !== "blob" && service !== "local")
    .map((copy) => (copy === found ? foundAgain(copy, clock.now()) : copy));
  const blob: ImageCopy = { service: "blob", url, verified_at: clock.now() };
  const places = placesByCopies(names, [blob, ...hosted]);
  const isNoted = await imageHomes.setPlaces({ image, places, facts, now: clock.now() });
  // Deleted meanwhile: nobody would ever remove what was just brought there.
  if (!isNoted) await releasePlaces(dependencies, { ...image, ...places });
  return true;
}

async function putWithDerivatives(
  { blobs, imageProcessor }: Pick<ImageStorageDependencies, "blobs" | "imageProcessor">,
  names: ImageNames,
  bytes: Uint8Array,
) {
  const { width, height, mimeType } = await imageProcessor.inspect(bytes);
  const thumbnail = await imageProcessor.thumbnail(bytes);
  const preview = await imageProcessor.preview(bytes);
  const [url] = await Promise.all([
    blobs.put({ name: names.blob_name, bytes, mimeType }),
    blobs.put({ name: names.thumbnail_blob, bytes: thumbnail, mimeType: "image/jpeg" }),
    blobs.put({ name: names.preview_blob, bytes: preview, mimeType: "image/jpeg" }),
  ]);
  const facts = { sha256: await sha256Of(bytes), size: bytes.byteLength, width, height, mime_type: mimeType };
  return [url, facts] as const;
}

/** Its host may have said once that it was gone. */
function foundAgain({ error: _past, ...copy }: ImageCopy, now: Date): ImageCopy {
  return { ...copy, verified_at: now };
}

function knownNames(image: Image): Partial<ImageNames> {
  return {
    ...(image.blob_name === undefined ? {} : { blob_name: image.blob_name }),
    ...(image.thumbnail_blob === undefined ? {} : { thumbnail_blob: image.thumbnail_blob }),
    ...(image.preview_blob === undefined ? {} : { preview_blob: image.preview_blob }),
  };
}

/**
 * The original's bytes from outside of Blob; in need those of a copy that has lost its metadata, or more. Copies that
 * were gone are asked for again: they may be all that there is.
 */
async function surviving(
  dependencies: ImageStorageDependencies,
  image: Image,
): Promise<{ bytes: Uint8Array; copy?: ImageCopy } | null> {
  const { localCache, clock, logger } = dependencies;
  if (image.blob_name !== undefined) {
    const cached = await localCache.get(image.blob_name).catch((error: unknown) => {
      logger.warn({ error, imageId: image._id }, "local cache not read");
      return null;
    });
    if (cached !== null && (await sha256Of(cached)) === image.sha256) return { bytes: cached };
  }
  const isOld = clock.now().getTime() - image.created_at.getTime() > alteredCopyPatienceMs;
  let altered: { bytes: Uint8Array; copy: ImageCopy } | null = null;
  for (const copy of image.copies) {
    const bytes = await readCopy(dependencies, copy, { isUncertain: false });
    if (bytes === null) continue;
    const sha256 = await sha256Of(bytes);
    if (sha256 === image.sha256) return { bytes, copy };
    if (sha256 === copy.sha256 || isOld) altered ??= { bytes, copy };
  }
  return altered;
}
