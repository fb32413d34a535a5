import { imageFolders, imageStem, originalNames } from "../../domain/image.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { OrphanCount, OrphanReport, OrphanReports } from "../../ports/orphan-reports.ts";
import type { Clock } from "../../ports/platform.ts";
import type { BlobStorage, StoredBlob } from "../../ports/storage.ts";

interface Dependencies {
  readonly blobs: Pick<BlobStorage, "list">;
  readonly gallery: Pick<Gallery, "findNamed">;
  readonly orphanReports: OrphanReports;
  readonly clock: Clock;
}

/** No page is begun after this, so that the job's lock outlives the run. In ms. */
const maxRunMs = 30_000;
const pageSize = 500;
const mostExamples = 20;
/** A picture's blobs are there before its document: one that is younger than this is no orphan yet. In ms. */
const graceMs = 86_400_000;

const nothing: OrphanCount = { looked_at: 0, orphans: 0, bytes: 0, examples: [] };

/**
 * Counts blobs of pictures that no document names, which a process that died between the two leaves behind. Goes on where
 * the last run ended; nothing is removed. Safe to run twice or late.
 */
export async function findOrphans(dependencies: Dependencies): Promise<{ looked_at: number; orphans: number }> {
  const { orphanReports } = dependencies;
  const last = await orphanReports.last();
  const finished = last?.finished ?? null;
  try {
    const report = await goOn(dependencies, last);
    await orphanReports.save(report);
    const { looked_at, orphans } = report.position === undefined ? (report.finished ?? nothing) : report.running;
    return { looked_at, orphans };
  } catch (error) {
    // The place may be what the storage service does not know any more: the next run begins anew.
    await orphanReports.save({ running: nothing, finished });
    throw error;
  }
}

async function goOn(dependencies: Dependencies, last: OrphanReport | null): Promise<OrphanReport> {
  const { blobs, clock } = dependencies;
  const deadline = clock.now().getTime() + maxRunMs;
  const position = last?.position;
  let count = position === undefined ? nothing : (last?.running ?? nothing);
  let after = position?.after ?? null;
  const from = position === undefined ? 0 : imageFolders.indexOf(position.folder);
  for (const folder of imageFolders.slice(from)) {
    do {
      const page = await blobs.list({ prefix: folder, after, limit: pageSize });
      count = added(count, page.blobs.length, await orphansAmong(dependencies, page.blobs));
      after = page.next;
      if (clock.now().getTime() > deadline && after !== null) {
        return { position: { folder, after }, running: count, finished: last?.finished ?? null };
      }
    } while (after !== null);
  }
  return { running: nothing, finished: { ...count, finished_at: clock.now() } };
}

function added(count: OrphanCount, lookedAt: number, orphans: readonly StoredBlob[]): OrphanCount {
  return {
    looked_at: count.looked_at + lookedAt,
    orphans: count.orphans + orphans.length,
    bytes: count.bytes + orphans.reduce((sum, { bytes }) => sum + bytes, 0),
    examples: [...count.examples, ...orphans.map(({ name }) => name)].slice(0, mostExamples),
  };
}

async function orphansAmong({ gallery, clock }: Dependencies, blobs: readonly StoredBlob[]): Promise<StoredBlob[]> {
  const before = clock.now().getTime() - graceMs;
  const old = blobs.filter(({ changedAt }) => changedAt.getTime() < before);
  const stems = new Set(old.map(({ name }) => imageStem(name)));
  const named = await gallery.findNamed([...stems].flatMap(originalNames));
  const known = new Set(named.map(imageStem));
  return old.filter(({ name }) => !known.has(imageStem(name)));
}
