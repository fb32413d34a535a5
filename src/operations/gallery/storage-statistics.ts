import { type ImageService, imageServices } from "../../domain/image.ts";
import { type SubscriptionTier, storageLimits } from "../../domain/plans.ts";
import type { ImageUsage } from "../../ports/gallery.ts";
import type { OrphanReport, OrphanReports } from "../../ports/orphan-reports.ts";
import type { StorageReport, StorageReports } from "../../ports/storage-reports.ts";
import type { AdminStorageJson, UserStorageJson } from "../../schemas/gallery.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";

type Amount = { count: number; bytes: number };

function services(usage: ImageUsage): Record<ImageService, Amount> {
  const of = (service: ImageService): Amount => {
    const found = usage.services.find((one) => one.service === service);
    return { count: found?.images ?? 0, bytes: found?.bytes ?? 0 };
  };
  return Object.fromEntries(imageServices.map((service) => [service, of(service)])) as Record<ImageService, Amount>;
}

function imageTotals(usage: ImageUsage) {
  return {
    count: usage.images,
    bytes: usage.bytes,
    stored_bytes: usage.storedBytes,
    dedup_saved_bytes: usage.bytes - usage.storedBytes,
    generated_count: usage.generated,
    uploaded_count: usage.uploaded.images,
    lost_count: usage.lost,
    services: services(usage),
  };
}

/** What an account stores, and how much more its plan holds. */
export async function readOwnStorage(
  { gallery, files }: Pick<GalleryDependencies, "gallery" | "files">,
  { userId, tier }: { userId: string; tier: SubscriptionTier },
): Promise<UserStorageJson> {
  const [images, uploads] = await Promise.all([gallery.usageOf(userId), files.usage(userId)]);
  const limit = storageLimits[tier];
  const used: Amount = {
    count: uploads.files + images.uploaded.images,
    bytes: uploads.bytes + images.uploaded.bytes,
  };
  return {
    ...imageTotals(images),
    files: { count: uploads.files, bytes: uploads.bytes },
    quota: { tier, count: limit.files, bytes: limit.bytes },
    used,
    remaining: { count: Math.max(0, limit.files - used.count), bytes: Math.max(0, limit.bytes - used.bytes) },
  };
}

/** Owners that the statistics name. */
const namedOwners = 10;

/**
 * All pictures of all users, and what the timers found when they last compared the registry with what is stored. Reads
 * the whole registry: for administrators only.
 */
export async function readStorageStatistics({
  gallery,
  storageReports,
  orphanReports,
}: Pick<GalleryDependencies, "gallery"> & {
  readonly storageReports: Pick<StorageReports, "lastReport">;
  readonly orphanReports: Pick<OrphanReports, "last">;
}): Promise<AdminStorageJson> {
  const [usage, owners, verification, search] = await Promise.all([
    gallery.usageOfAll(),
    gallery.largestOwners(namedOwners),
    storageReports.lastReport(),
    orphanReports.last(),
  ]);
  return {
    ...imageTotals(usage),
    top_users: owners.map(({ userId, images, bytes }) => ({ user_id: userId, count: images, bytes })),
    last_verification: verification === null ? null : verificationJson(verification),
    orphans: search?.finished ? orphansJson(search.finished) : null,
  };
}

function verificationJson(report: StorageReport): NonNullable<AdminStorageJson["last_verification"]> {
  return {
    started_at: report.started_at.toISOString(),
    finished_at: report.finished_at.toISOString(),
    counts: { ...report.counts },
    problems: report.problems.map((problem) => ({ ...problem })),
  };
}

function orphansJson(finished: NonNullable<OrphanReport["finished"]>): NonNullable<AdminStorageJson["orphans"]> {
  return {
    finished_at: finished.finished_at.toISOString(),
    looked_at: finished.looked_at,
    count: finished.orphans,
    bytes: finished.bytes,
    examples: [...finished.examples],
  };
}
