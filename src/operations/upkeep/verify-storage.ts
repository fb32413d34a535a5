import { isAppError } from "../../domain/errors.ts";
import { type Image, type ImageService, imageServices } from "../../domain/image.ts";
import type { ListPosition } from "../../ports/database.ts";
import type { StorageCounts, StorageReport, StorageReports } from "../../ports/storage-reports.ts";
import { bringToBlob } from "../images/bring-to-blob.ts";
import { checkImage } from "../images/check-image.ts";
import { finishRemoval } from "../images/delete-image.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";

type Dependencies = ImageStorageDependencies & { readonly storageReports: StorageReports };

/** Pictures of one service a run. */
const batchSize = 100;
/** No picture is begun after this, so that the job's lock outlives the run. In ms. */
const maxRunMs = 40_000;
const maxProblems = 20;

interface Run {
  readonly deadline: number;
  readonly counts: { -readonly [name in keyof StorageCounts]: number };
  readonly problems: { image_id: string; service: ImageService; error: string }[];
  readonly cursors: Partial<Record<ImageService, ListPosition>>;
  isBlobAway: boolean;
}

/**
 * Brings to Blob Storage what could not reach it, checks a batch of what is there, makes anew what is missing, and
 * removes what is left of deleted pictures. The next run goes on where this one ends. Safe to run twice or late.
 */
export async function verifyStorage(dependencies: Dependencies): Promise<StorageCounts> {
  const { storageReports, clock, blobs, logger } = dependencies;
  const startedAt = clock.now();
  const last = await storageReports.lastReport();
  const run: Run = {
    deadline: startedAt.getTime() + maxRunMs,
    counts: { checked: 0, moved: 0, repaired: 0, missing: 0, removed: 0, not_removed: 0 },
    problems: [],
    cursors: { ...last?.cursors },
    isBlobAway: false,
  };
  try {
    await blobs.ping();
  } catch (error) {
    run.isBlobAway = true;
    logger.warn({ error }, "blob storage is away; pictures are verified when it is back");
  }
  await finishRemovals(dependencies, run);
  // Those away from home first: they have the fewest copies.
  for (const service of [...imageServices].reverse()) await verifyService(dependencies, run, service);
  const report: StorageReport = {
    started_at: startedAt,
    finished_at: clock.now(),
    counts: run.counts,
    problems: run.problems,
    cursors: run.cursors,
  };
  await storageReports.save(report);
  return run.counts;
}

async function finishRemovals(dependencies: Dependencies, run: Run): Promise<void> {
  const { imageHomes, clock, logger } = dependencies;
  for (const image of await imageHomes.findRemovalsDue({ now: clock.now(), limit: batchSize })) {
    if (clock.now().getTime() > run.deadline) return;
    const isGone = await finishRemoval(dependencies, image).catch((error: unknown) => {
      logger.warn({ error, imageId: image._id }, "picture not removed whole yet");
      return false;
    });
    run.counts[isGone ? "removed" : "not_removed"] += 1;
  }
}

/** One batch of the pictures whose home the service is, from where the last run ended. */
async function verifyService(dependencies: Dependencies, run: Run, service: ImageService): Promise<void> {
  const { imageHomes, clock } = dependencies;
  const batch = await imageHomes.listByService({ service, after: run.cursors[service], limit: batchSize });
  for (const image of batch) {
    if (run.isBlobAway || clock.now().getTime() > run.deadline) return;
    await verifyImage(dependencies, run, image);
    if (run.isBlobAway) return;
    run.cursors[service] = { at: image.created_at, id: image._id };
  }
  // The end of the list: the next run begins anew.
  if (batch.length < batchSize) delete run.cursors[service];
}

async function verifyImage(dependencies: Dependencies, run: Run, image: Image): Promise<void> {
  const { counts, problems } = run;
  const note = (error: string) => {
    counts.missing += 1;
    if (problems.length < maxProblems) problems.push({ image_id: image._id, service: image.service, error });
  };
  try {
    counts.checked += 1;
    if (image.service !== "blob") {
      if (await bringToBlob(dependencies, image)) counts.moved += 1;
      else note("no place gave its bytes");
      return;
    }
    const { repaired, problem } = await checkImage(dependencies, image);
    counts.repaired += repaired;
    if (problem !== null) note(problem);
  } catch (error) {
    if (!isAppError(error)) throw error;
    dependencies.logger.warn({ error, imageId: image._id }, "picture not verified");
    if (error.code === "unavailable") run.isBlobAway = true;
    else note(error.code);
  }
}
