import { isAppError } from "../../domain/errors.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { Counts, Eraser, ErasureReport, Erasures, UserData } from "../../ports/user-data.ts";
import { bookAllCarried } from "../billing/move-credits.ts";
import { deleteFilesOf } from "../files/delete-files.ts";
import { cancelGeneration } from "../generations/cancel-generation.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { deleteImagesOf } from "../images/delete-image.ts";

/** No new erasure is begun after this long, so that a run ends before the next one, in ms. */
const runMs = 45_000;
const reportsARun = 50;
const imagesABatch = 100;
/** What the account's last requests still write is there after this long, in ms. */
const settlingMs = 3_000;
/** How long answers that are stopped may take to end, in ms. */
const stoppingMs = 5_000;
const lookIntervalMs = 100;
/** A copy at a host that cannot be removed for this long is given up, in ms; the log has named it each time. */
const patienceMs = 7 * 86_400_000;
/** Looks for what was written while it was erased, before the rest waits for the next run. */
const sweeps = 3;

type Dependencies = GenerationDependencies &
  Parameters<typeof deleteFilesOf>[0] &
  Parameters<typeof bookAllCarried>[0] &
  Parameters<typeof deleteImagesOf>[0] & {
    readonly sessions: Sessions;
    readonly userData: UserData;
    readonly erasures: Erasures;
    /** Places outside of the database that know accounts too. */
    readonly erasers: readonly Eraser[];
    readonly runningTurns: ReadonlyMap<string, AbortController>;
  };

/** Erases the accounts that asked for it. Each step does nothing the second time, so one that was cut off just goes on. */
export async function eraseAccounts(dependencies: Dependencies): Promise<{ erased: number; postponed: number }> {
  const { erasures, clock, logger } = dependencies;
  const until = clock.now().getTime() + runMs;
  let erased = 0;
  let postponed = 0;
  for (const report of await erasures.findPending({ limit: reportsARun })) {
    if (clock.now().getTime() > until) break;
    try {
      const left = await erase(dependencies, report);
      if (left.length === 0) erased += 1;
      else {
        postponed += 1;
        await erasures.postpone({ id: report._id, reason: `left in ${left.join(", ")}` });
      }
    } catch (error) {
      postponed += 1;
      logger.error({ error, erasureId: report._id }, "erasure cut off; the next run goes on with it");
      await erasures.postpone({ id: report._id, reason: isAppError(error) ? error.code : "internal" });
    }
  }
  return { erased, postponed };
}

/** @returns where something is left */
async function erase(dependencies: Dependencies, report: ErasureReport): Promise<readonly string[]> {
  const { users, sessions, userData, erasures, clock } = dependencies;
  const { _id: id, user_id: userId } = report;
  if (userId === undefined) return [];
  await erasures.begin({ id, now: clock.now() });
  const now = clock.now();
  await Promise.all([users.deactivate({ userId, now }), sessions.revokeAllOf({ userId, now })]);
  await clock.sleep(Math.max(0, report.created_at.getTime() + settlingMs - now.getTime()));
  const evenWithBytes = now.getTime() - report.created_at.getTime() > patienceMs;
  await stopWork(dependencies, userId);
  const { elsewhere } = await eraseBytes(dependencies, { id, userId });
  // Who was told elsewhere tells us back, and that is written for the account too.
  if (elsewhere > 0) await clock.sleep(settlingMs);
  const user = await users.findById(userId);
  if (user !== null) await bookAllCarried(dependencies, user);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    await erasures.add({ id, anonymised: await userData.anonymiseAll({ userId, pseudonym: id }) });
    await erasures.add({ id, removed: await userData.removeAll(userId, { evenWithBytes }) });
    const left = await userData.leftovers(userId);
    if (left.length > 0 && sweep < sweeps - 1) await eraseBytes(dependencies, { id, userId });
    else if (left.length > 0) return left;
    else break;
  }
  await erasures.finish({ id, now: clock.now() });
  return [];
}

/** Stops answers and cancels jobs, and waits a little for those that are written elsewhere. */
async function stopWork(dependencies: Dependencies, userId: string): Promise<void> {
  const { messages, userData, runningTurns, clock } = dependencies;
  const { messageIds, generationIds } = await userData.openWork(userId);
  for (const generationId of generationIds) {
    await cancelGeneration(dependencies, { userId, generationId }).catch((error: unknown) => {
      // It ended in this moment, which is as good.
      if (!isAppError(error) || (error.code !== "conflict" && error.code !== "not_found")) throw error;
    });
  }
  for (const messageId of messageIds) {
    await messages.requestStop({ userId, messageId, now: clock.now() });
    runningTurns.get(messageId)?.abort();
  }
  const until = clock.now().getTime() + stoppingMs;
  let { length: running } = messageIds;
  while (running > 0 && clock.now().getTime() < until) {
    await clock.sleep(lookIntervalMs);
    ({ length: running } = (await userData.openWork(userId)).messageIds);
  }
}

/**
 * What has bytes or lies at other services. A host that does not answer now is asked again by the next run.
 * @returns how much was at other services
 */
async function eraseBytes(
  dependencies: Dependencies,
  { id, userId }: { id: string; userId: string },
): Promise<{ elsewhere: number }> {
  const { erasures, erasers } = dependencies;
  const removed: Counts = {
    uploaded_files: await deleteFilesOf(dependencies, { userId }),
    images: await deleteAllImages(dependencies, userId),
  };
  await erasures.add({ id, removed });
  let elsewhere = 0;
  for (const { name, erase: eraseAt } of erasers) {
    const count = await eraseAt({ userId });
    await erasures.add({ id, stores: { [name]: count } });
    elsewhere += count;
  }
  return { elsewhere };
}

async function deleteAllImages(dependencies: Dependencies, userId: string): Promise<number> {
  let count = 0;
  for (;;) {
    const { deleted, hasMore } = await deleteImagesOf(dependencies, { userId, limit: imagesABatch });
    count += deleted;
    if (!hasMore) return count;
  }
}
