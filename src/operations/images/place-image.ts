import { isAppError } from "../../domain/errors.ts";
import { type ImageCopy, type ImageNames, type ImagePlaces, isSound, placesByCopies } from "../../domain/image.ts";
import type { ImageHost } from "../../ports/image-homes.ts";
import { sha256Of } from "../sha256.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";

type Dependencies = Pick<
  ImageStorageDependencies,
  "imageHosts" | "blobs" | "localCache" | "imageProcessor" | "clock" | "logger"
>;

export interface PlaceInput {
  readonly names: ImageNames;
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly sha256: string;
  /** Made by a model, so that nobody's camera wrote into it. */
  readonly isGenerated: boolean;
}

/**
 * Brings a picture to its homes: the original and its derivatives to Blob, a public copy to the first host that takes
 * it, the original and the thumbnail to this machine's cache. When Blob fails, the public copy is its home, and without
 * one the cache.
 * @throws AppError `unavailable` when no place took it; `unprocessable` when it cannot be decoded
 */
export async function placeImage(dependencies: Dependencies, input: PlaceInput): Promise<ImagePlaces> {
  const { imageProcessor } = dependencies;
  const thumbnail = await imageProcessor.thumbnail(input.bytes);
  const preview = await imageProcessor.preview(input.bytes);
  const [blob, hosted, isCached] = await Promise.all([
    putIntoBlob(dependencies, input, { thumbnail, preview }),
    copyToHosts(dependencies, input),
    cacheBytes(dependencies, input.names.blob_name, input.bytes),
    cacheBytes(dependencies, input.names.thumbnail_blob, thumbnail),
  ]);
  const copies = [blob.copy, ...hosted];
  if (copies.some(isSound)) return placesByCopies(input.names, copies);
  if (!isCached) throw blob.error;
  return placesByCopies(input.names, [...copies, { service: "local", verified_at: dependencies.clock.now() }]);
}

async function putIntoBlob(
  { blobs, clock, logger }: Dependencies,
  { names, bytes, mimeType }: PlaceInput,
  derivatives: { thumbnail: Uint8Array; preview: Uint8Array },
): Promise<{ copy: ImageCopy; error?: unknown }> {
  try {
    const [url] = await Promise.all([
      blobs.put({ name: names.blob_name, bytes, mimeType }),
      blobs.put({ name: names.thumbnail_blob, bytes: derivatives.thumbnail, mimeType: "image/jpeg" }),
      blobs.put({ name: names.preview_blob, bytes: derivatives.preview, mimeType: "image/jpeg" }),
    ]);
    return { copy: { service: "blob", url, verified_at: clock.now() } };
  } catch (error) {
    if (!isAppError(error) || !error.isRetryable) throw error;
    logger.warn({ error, name: names.blob_name }, "picture not in blob storage; the timer will bring it there");
    return { copy: { service: "blob", verified_at: null, error: error.code }, error };
  }
}

/**
 * Gives a public copy, without metadata, to the first host that takes it. A host that fails never fails the picture.
 * @returns an entry for each host that was asked
 */
export async function copyToHosts(
  dependencies: Pick<Dependencies, "imageHosts" | "imageProcessor" | "clock" | "logger">,
  input: PlaceInput,
): Promise<ImageCopy[]> {
  const { imageHosts, imageProcessor, logger } = dependencies;
  if (imageHosts.length === 0) return [];
  const asked: ImageCopy[] = [];
  try {
    const bytes = await imageProcessor.shareable(input.bytes, { isTrusted: input.isGenerated });
    for (const host of imageHosts) {
      const copy = await copyToHost(dependencies, host, input, bytes);
      asked.push(copy);
      if (isSound(copy)) break;
    }
  } catch (error) {
    logger.warn({ error, name: input.names.blob_name }, "no public copy: the picture cannot be cleaned");
  }
  return asked;
}

async function copyToHost(
  { clock, logger }: Pick<Dependencies, "clock" | "logger">,
  host: ImageHost,
  { names, mimeType, sha256 }: PlaceInput,
  bytes: Uint8Array,
): Promise<ImageCopy> {
  const { service } = host;
  if (bytes.byteLength > host.maxBytes) return { service, verified_at: null, error: "payload_too_large" };
  try {
    const { url, deleteUrl, expiresAt } = await host.upload({ name: publicName(names), bytes, mimeType });
    const copySha256 = await sha256Of(bytes);
    return {
      service,
      url,
      ...(deleteUrl === undefined ? {} : { delete_url: deleteUrl }),
      ...(copySha256 === sha256 ? {} : { sha256: copySha256 }),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      verified_at: clock.now(),
    };
  } catch (error) {
    logger.warn({ error, service, name: names.blob_name }, "no public copy at this host");
    return { service, verified_at: null, error: isAppError(error) ? error.code : "internal" };
  }
}

/** As "gen_01…-0": a host shows it to everybody, and it tells them nothing. */
function publicName(names: ImageNames): string {
  const [, ...stem] = names.blob_name.replace(/\.\w+$/, "").split("/");
  return stem.join("-");
}

/** Puts bytes into this machine's cache, whose failure is worth a line and nothing more. @returns whether they are there */
export async function cacheBytes(
  { localCache, logger }: Pick<Dependencies, "localCache" | "logger">,
  name: string,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    await localCache.put(name, bytes);
    return true;
  } catch (error) {
    logger.warn({ error, name }, "local cache not written");
    return false;
  }
}
