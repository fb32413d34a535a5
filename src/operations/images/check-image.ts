import { isAppError } from "../../domain/errors.ts";
import {
  type Image,
  type ImageCopy,
  type ImageNames,
  imagePlaces,
  isSound,
  placesByCopies,
  publicCopy,
} from "../../domain/image.ts";
import { bringToBlob } from "./bring-to-blob.ts";
import { releasePlaces } from "./delete-image.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";
import { copyToHosts } from "./place-image.ts";
import { readDerivative, readOriginal } from "./read-image.ts";

export interface ImageCheck {
  /** What was missing and is there again. */
  readonly repaired: number;
  /** Why the original cannot be had; null: it is there. */
  readonly problem: string | null;
}

/** A host that failed in a way that may pass is asked again; one that refused the picture is not. */
const lastingErrors = new Set(["payload_too_large", "provider_failed"]);

/**
 * Looks whether a picture whose home is Blob is there, with its derivatives and its public copy, and makes anew what is
 * missing of them.
 * @throws AppError `unavailable` when Blob does not answer
 */
export async function checkImage(dependencies: ImageStorageDependencies, image: Image): Promise<ImageCheck> {
  const { blobs, imageHomes, clock } = dependencies;
  if (image.blob_name === undefined) return { repaired: 0, problem: "has no name" };
  if ((await blobs.sizeOf(image.blob_name)) !== image.size) return recoverOriginal(dependencies, image);
  const derivatives = await repairDerivatives(dependencies, image);
  const hosted = await checkHosted(dependencies, image);
  const now = clock.now();
  const found = image.copies.find(({ service }) => service === "blob");
  const blob: ImageCopy = {
    service: "blob",
    ...(found?.url === undefined ? {} : { url: found.url }),
    verified_at: now,
  };
  const places = placesByCopies(namesOf(image), [blob, ...hosted.copies]);
  const isNoted = await imageHomes.setPlaces({ image, places, now });
  // Deleted meanwhile: nobody else would ever know of a copy that was just made.
  if (!isNoted) await releasePlaces(dependencies, { ...image, ...places });
  return { repaired: derivatives + hosted.repaired, problem: null };
}

function namesOf(image: Image): Partial<ImageNames> {
  const { cloud_url: _cloud, delete_url: _delete, service: _service, copies: _copies, ...names } = imagePlaces(image);
  return names;
}

/** The blob is gone or cut off. Its home stays Blob, where it is looked for again. */
async function recoverOriginal(dependencies: ImageStorageDependencies, image: Image): Promise<ImageCheck> {
  if (await bringToBlob(dependencies, image)) return { repaired: 1, problem: null };
  const problem = "missing";
  const copies = await Promise.all(
    image.copies.map((copy) =>
      copy.service === "blob" ? { ...copy, verified_at: null, error: problem } : checkCopy(dependencies, copy),
    ),
  );
  const places = { ...placesByCopies(namesOf(image), copies), service: image.service };
  await dependencies.imageHomes.setPlaces({ image, places, now: dependencies.clock.now() });
  return { repaired: 0, problem };
}

async function repairDerivatives(dependencies: ImageStorageDependencies, image: Image): Promise<number> {
  const { blobs, localCache } = dependencies;
  let repaired = 0;
  for (const [variant, name] of [
    ["thumbnail", image.thumbnail_blob],
    ["preview", image.preview_blob],
  ] as const) {
    if (name === undefined || (await blobs.sizeOf(name)) !== null) continue;
    // A cached one would be taken for the stored one.
    await localCache.remove(name);
    await readDerivative(dependencies, image, variant);
    repaired += 1;
  }
  return repaired;
}

/** The copies at public hosts as they are now; one that is gone, or was not made for a passing reason, is made anew. */
async function checkHosted(
  dependencies: ImageStorageDependencies,
  image: Image,
): Promise<{ copies: ImageCopy[]; repaired: number }> {
  const hosted = image.copies.filter(({ service }) => service === "imgbb" || service === "postimages");
  const checked = await Promise.all(hosted.map((copy) => checkCopy(dependencies, copy)));
  const isWanted = checked.some(({ error }) => error !== undefined && !lastingErrors.has(error));
  if (publicCopy(checked) !== undefined || !isWanted) return { copies: checked, repaired: 0 };
  const copies = await copyToHosts(dependencies, {
    names: { blob_name: image.blob_name ?? "", thumbnail_blob: "", preview_blob: "" },
    bytes: await readOriginal(dependencies, image),
    mimeType: image.mime_type,
    sha256: image.sha256,
    isGenerated: image.generated,
  });
  return copies.length === 0 ? { copies: checked, repaired: 0 } : { copies, repaired: copies.some(isSound) ? 1 : 0 };
}

async function checkCopy(
  { imageHosts, clock, logger }: Pick<ImageStorageDependencies, "imageHosts" | "clock" | "logger">,
  copy: ImageCopy,
): Promise<ImageCopy> {
  const host = imageHosts.find(({ service }) => service === copy.service);
  if (host === undefined || copy.url === undefined || !isSound(copy)) return copy;
  const now = clock.now();
  try {
    const isExpired = copy.expires_at !== undefined && copy.expires_at <= now;
    const isThere = !isExpired && (await host.isThere(copy.url));
    return isThere ? { ...copy, verified_at: now } : { ...copy, verified_at: null, error: "gone" };
  } catch (error) {
    if (!isAppError(error)) throw error;
    logger.warn({ error, service: copy.service }, "a public copy could not be checked");
    return copy;
  }
}
