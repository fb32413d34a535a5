import { AppError } from "../domain/errors.ts";
import { type SubscriptionTier, storageLimits } from "../domain/plans.ts";
import type { Files } from "../ports/files.ts";
import type { Gallery } from "../ports/gallery.ts";

/** Files and pictures that were uploaded; what Muse made itself does not count. */
export interface UsedStorage {
  readonly files: number;
  readonly bytes: number;
}

type Dependencies = { readonly files: Pick<Files, "usage">; readonly gallery: Pick<Gallery, "uploadedOf"> };

export async function usedStorage({ files, gallery }: Dependencies, userId: string): Promise<UsedStorage> {
  const [ofFiles, ofImages] = await Promise.all([files.usage(userId), gallery.uploadedOf(userId)]);
  return { files: ofFiles.files + ofImages.images, bytes: ofFiles.bytes + ofImages.bytes };
}

/** @throws AppError `unprocessable` with the numbers when what is there and `more` do not fit the tier's limits */
export async function requireRoom(
  dependencies: Dependencies,
  { userId, tier, more }: { userId: string; tier: SubscriptionTier; more: UsedStorage },
): Promise<void> {
  const limit = storageLimits[tier];
  const used = await usedStorage(dependencies, userId);
  const needed = { files: used.files + more.files, bytes: used.bytes + more.bytes };
  if (needed.files <= limit.files && needed.bytes <= limit.bytes) return;
  throw new AppError("unprocessable", {
    detail:
      `Your plan holds ${limit.files} files of ${limit.bytes} bytes together; with this one there would be ` +
      `${needed.files} files of ${needed.bytes} bytes. Delete some, or choose a larger plan.`,
  });
}
