import { isAppError } from "../../domain/errors.ts";
import {
  blobUrl,
  type Image,
  type ImageCopy,
  removalDelayMs,
  removalLeaseMs,
  storedNames,
} from "../../domain/image.ts";
import { requireOwned } from "../require-owned.ts";
import type { ImageStorageDependencies } from "./image-storage-dependencies.ts";

type Dependencies = Pick<
  ImageStorageDependencies,
  "images" | "imageHomes" | "imageHosts" | "blobs" | "localCache" | "clock" | "logger"
>;

/**
 * Deletes a picture everywhere: it is gone for everybody at once; its bytes, the copies at public hosts and every
 * mention go right after, and what cannot be removed now is tried again by the timer `verify-storage`. Bytes that
 * another picture of the user shares stay.
 * @throws AppError `not_found` (deleted ones too), `forbidden`
 */
export async function deleteImage(
  dependencies: Dependencies,
  input: { userId: string; imageId: string },
): Promise<void> {
  const { images } = dependencies;
  const isOurs = (await removeImage(dependencies, input)) ? input.imageId : null;
  await requireOwned("image", isOurs, async () => {
    const found = await images.findById(input.imageId);
    return found !== null && found.user_id !== input.userId && found.deleted_at === undefined;
  });
}

/**
 * Deletes pictures of a user, up to `limit`, for the erasure of an account.
 * @returns how many, and whether more are left
 */
export async function deleteImagesOf(
  dependencies: Dependencies,
  input: { userId: string; limit: number },
): Promise<{ deleted: number; hasMore: boolean }> {
  const found = await dependencies.imageHomes.listOf({ userId: input.userId, limit: input.limit + 1 });
  return {
    deleted: await removeAll(dependencies, input.userId, found.slice(0, input.limit)),
    hasMore: found.length > input.limit,
  };
}

/**
 * Deletes whatever a generation has stored, also when it did not come to its end.
 * @param input.except ids of those that stay
 * @returns how many
 */
export async function deleteImagesOfGeneration(
  dependencies: Dependencies,
  { except = [], ...input }: { userId: string; generationId: string; except?: readonly string[] },
): Promise<number> {
  const found = await dependencies.imageHomes.findOfGeneration(input);
  return removeAll(
    dependencies,
    input.userId,
    found.filter(({ _id }) => !except.includes(_id)),
  );
}

async function removeAll(dependencies: Dependencies, userId: string, images: readonly Image[]): Promise<number> {
  let count = 0;
  for (const { _id: imageId } of images) if (await removeImage(dependencies, { userId, imageId })) count += 1;
  return count;
}

/** False: this user has no such picture (any more). Safe to repeat. */
export async function removeImage(
  dependencies: Dependencies,
  { userId, imageId }: { userId: string; imageId: string },
): Promise<boolean> {
  const { imageHomes, clock, logger } = dependencies;
  const now = clock.now();
  const removalDueAt = new Date(now.getTime() + removalLeaseMs);
  const image = await imageHomes.markDeleted({ userId, imageId, now, removalDueAt });
  if (image === null) return false;
  try {
    await finishRemoval(dependencies, image);
  } catch (error) {
    // For its owner it is gone. What is left of it, the timer removes.
    logger.warn({ error, imageId }, "picture not removed whole; the timer will go on");
  }
  return true;
}

/**
 * Removes what is left of a deleted picture; its document goes last, so that nothing is forgotten.
 * @returns whether all of it is gone
 */
export async function finishRemoval(dependencies: Dependencies, image: Image): Promise<boolean> {
  const { imageHomes, clock, logger } = dependencies;
  const survivors = await survivorsOf(dependencies, image);
  const url = blobUrl(image.copies);
  const isShared = survivors.some((other) => blobUrl(other.copies) === url);
  await imageHomes.removeReferences({ image, blobUrl: isShared ? undefined : url, now: clock.now() });
  const left = await releasePlaces(dependencies, image);
  if (left.length === 0) {
    await imageHomes.forget(image._id);
    return true;
  }
  const now = clock.now();
  const attempts = (image.removal_attempts ?? 0) + 1;
  const dueAt = new Date(now.getTime() + removalDelayMs(attempts));
  await imageHomes.postponeRemoval({ imageId: image._id, copies: left, attempts, dueAt, now });
  logger.warn({ imageId: image._id, services: left.map((copy) => copy.service) }, "copies not removed yet");
  return false;
}

/**
 * Removes the bytes and copies that a picture names and no other picture of its owner does.
 * @param image deleted, or with other places by now
 * @param kept more pictures whose bytes and copies stay
 * @returns the copies that could not be removed, with the reason
 */
export async function releasePlaces(
  dependencies: Dependencies,
  image: Image,
  kept: readonly Image[] = [],
): Promise<ImageCopy[]> {
  const { blobs, localCache, logger } = dependencies;
  const survivors = [...(await survivorsOf(dependencies, image)), ...kept];
  const keptNames = new Set(survivors.flatMap(storedNames));
  const keptUrls = new Set(survivors.flatMap((other) => other.copies.flatMap((copy) => copy.url ?? [])));
  const names = storedNames(image).filter((name) => !keptNames.has(name));
  const hosted = image.copies.filter(
    ({ service, url }) => service !== "blob" && service !== "local" && url !== undefined && !keptUrls.has(url),
  );
  const uncache = (name: string) =>
    localCache.remove(name).catch((error: unknown) => {
      logger.warn({ error, name }, "not removed from the local cache; it will age out");
    });
  const [blobError, copies] = await Promise.all([
    Promise.all(names.map((name) => blobs.remove(name))).then(() => null, reasonOf),
    Promise.all(hosted.map((copy) => removeCopy(dependencies, copy))),
    Promise.all(names.map(uncache)),
  ]);
  const blob = image.copies.find((copy) => copy.service === "blob") ?? { service: "blob", verified_at: null };
  return [...(blobError === null ? [] : [{ ...blob, error: blobError }]), ...copies.filter((copy) => copy !== null)];
}

/** The pictures with the same bytes that are not deleted, which may share places with this one. */
function survivorsOf({ imageHomes }: Pick<Dependencies, "imageHomes">, image: Image): Promise<readonly Image[]> {
  return imageHomes.findByContent({ userId: image.user_id, sha256: image.sha256 });
}

/** Null: it is gone. */
async function removeCopy(
  { imageHosts }: Pick<Dependencies, "imageHosts">,
  copy: ImageCopy,
): Promise<ImageCopy | null> {
  const host = imageHosts.find(({ service }) => service === copy.service);
  if (host === undefined) return { ...copy, error: "the host is not configured" };
  if (copy.delete_url === undefined) return { ...copy, error: "the host gave no address to delete it by" };
  try {
    await host.remove(copy.delete_url);
    return null;
  } catch (error) {
    return { ...copy, error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return isAppError(error) ? error.code : "internal";
}
