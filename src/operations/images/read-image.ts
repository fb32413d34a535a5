import { AppError, isAppError } from "../../domain/errors.ts";
import {
  type Image,
  type ImageCopy,
  imagePlaces,
  isSound,
  storedNames,
  uploadedImageNames,
} from "../../domain/image.ts";
import { sha256Of } from "../sha256.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { cacheBytes } from "./place-image.ts";

type ReadDependencies = Pick<
  ImageStorageDependencies,
  "blobs" | "localCache" | "imageHosts" | "imageHomes" | "imageProcessor" | "clock" | "logger"
>;

/** Larger pictures are sent in pieces and not kept in the cache, so that one reader takes little memory. In bytes. */
const maxWholeBytes = 8 * 1_048_576;
export const pieceBytes = 1_048_576;
const retryAfterSeconds = 10;

/** Bytes that are read piece by piece. */
export interface OpenedBytes {
  readonly totalBytes: number;
  /** Hex; undefined: as the registry says. */
  readonly sha256?: string;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What went wrong on the way to a picture: whether it may be there all the same. */
interface Misses {
  isUncertain: boolean;
}

/**
 * Opens the original: this machine's cache, else Blob, else the public copies.
 * @throws AppError `unavailable` when a place that may have it does not answer, `not_found` when its bytes are gone
 */
export async function openOriginal(dependencies: ReadDependencies, image: Image): Promise<OpenedBytes> {
  const misses: Misses = { isUncertain: image.service !== "blob" };
  const name = image.blob_name;
  if (name !== undefined) {
    const stored = await openStored(dependencies, name, misses);
    if (stored !== null) return stored;
  }
  for (const copy of image.copies.filter(isSound)) {
    const bytes = await readCopy(dependencies, copy, misses);
    if (bytes === null) continue;
    const sha256 = await sha256Of(bytes);
    const isOriginal = sha256 === image.sha256;
    if (isOriginal && name !== undefined) await cacheBytes(dependencies, name, bytes);
    return { ...openBytes(bytes), ...(isOriginal ? {} : { sha256 }) };
  }
  if (!misses.isUncertain) throw new AppError("not_found", { detail: "The image's bytes are gone." });
  throw new AppError("unavailable", {
    detail: "The image cannot be read at the moment.",
    isRetryable: true,
    retryAfterSeconds,
  });
}

/** The original's bytes, as one. @throws AppError as `openOriginal` */
export async function readOriginal(dependencies: ReadDependencies, image: Image): Promise<Uint8Array> {
  const { totalBytes, read } = await openOriginal(dependencies, image);
  return read(0, totalBytes);
}

/**
 * The preview or the thumbnail. One that is missing is made of the original and stored.
 * @throws AppError as `openOriginal`
 */
export async function readDerivative(
  dependencies: ReadDependencies,
  image: Image,
  variant: "preview" | "thumbnail",
): Promise<Uint8Array> {
  const field = variant === "preview" ? "preview_blob" : "thumbnail_blob";
  const known = image[field];
  const stored = known === undefined ? null : await openStored(dependencies, known, { isUncertain: false });
  if (stored !== null) return stored.read(0, stored.totalBytes);
  const original = await readOriginal(dependencies, image);
  const made = await dependencies.imageProcessor[variant](original);
  const name = known ?? nameBeside(image, field);
  await cacheBytes(dependencies, name, made);
  try {
    await dependencies.blobs.put({ name, bytes: made, mimeType: "image/jpeg" });
    if (known === undefined) {
      const places = { ...imagePlaces(image), [field]: name };
      await dependencies.imageHomes.setPlaces({ image, places, now: dependencies.clock.now() });
    }
    await dropUnnamed(dependencies, image, name);
  } catch (error) {
    dependencies.logger.warn({ error, name }, "derivative not stored; it will be made again");
  }
  return made;
}

/** Takes a derivative away again whose picture was deleted while it was made: nobody else would know of it. */
async function dropUnnamed(
  { imageHomes, blobs, localCache }: ReadDependencies,
  { user_id: userId, sha256 }: Image,
  name: string,
): Promise<void> {
  const there = await imageHomes.findByContent({ userId, sha256 });
  if (there.some((image) => storedNames(image).includes(name))) return;
  await Promise.all([blobs.remove(name), localCache.remove(name)]);
}

/** Derivatives are named by the original, which may be shared with a twin; else by the picture itself. */
function nameBeside(image: Image, field: "preview_blob" | "thumbnail_blob"): string {
  const suffix = field === "preview_blob" ? "preview" : "thumbnail";
  const original = image.blob_name ?? uploadedImageNames(image._id, image.mime_type).blob_name;
  return `${original.replace(/\.\w+$/, "")}.${suffix}.jpg`;
}

/** Null: neither the cache nor Blob has it, as far as they can be asked. */
async function openStored(
  { localCache, blobs, logger }: Pick<ReadDependencies, "localCache" | "blobs" | "logger">,
  name: string,
  misses: Misses,
): Promise<OpenedBytes | null> {
  for (const source of [localCache, blobs]) {
    try {
      const first = await source.getPiece({ name, offset: 0, length: pieceBytes });
      if (first === null) continue;
      const { totalBytes } = first;
      if (totalBytes <= first.bytes.byteLength) {
        if (source === blobs) await cacheBytes({ localCache, logger }, name, first.bytes);
        return openBytes(first.bytes);
      }
      if (source === blobs && totalBytes <= maxWholeBytes) {
        const whole = await blobs.get(name);
        if (whole === null) continue;
        await cacheBytes({ localCache, logger }, name, whole);
        return openBytes(whole);
      }
      return { totalBytes, read: (offset, length) => readPieces(source, name, offset, length) };
    } catch (error) {
      if (!isAppError(error)) throw error;
      misses.isUncertain = true;
      logger.warn({ error, name }, "a place of a picture does not answer");
    }
  }
  return null;
}

async function readPieces(
  source: ReadDependencies["blobs"] | ReadDependencies["localCache"],
  name: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const piece = await source.getPiece({ name, offset, length });
  if (piece?.bytes.byteLength !== length) throw new AppError("unavailable", { detail: "The image was cut off." });
  return piece.bytes;
}

function openBytes(bytes: Uint8Array): OpenedBytes {
  return {
    totalBytes: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Null: there is none, or it is gone; `misses` says when that could not be told. */
export async function readCopy(
  { imageHosts, logger }: Pick<ReadDependencies, "imageHosts" | "logger">,
  copy: ImageCopy,
  misses: Misses,
): Promise<Uint8Array | null> {
  const host = imageHosts.find(({ service }) => service === copy.service);
  if (host === undefined || copy.url === undefined) return null;
  try {
    return await host.download(copy.url);
  } catch (error) {
    misses.isUncertain = true;
    logger.warn({ error, service: copy.service }, "a public copy cannot be read");
    return null;
  }
}
