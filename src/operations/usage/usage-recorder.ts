import { newUsageLog, type UsageLog } from "../../domain/usage.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { UsageLogs, UsageRecorder } from "../../ports/usage.ts";

/** How long a note may wait for others to be written with it, in ms. */
const flushAfterMs = 1_000;
/** As many notes are written at once, without waiting longer. */
const batchSize = 250;
/** After a failure the next try waits, in ms: longer each time. */
const longestPauseMs = 15_000;
/** Notes kept for a database that is away, about 500 bytes each; beyond that the oldest go, and are counted. */
const defaultCapacity = 10_000;

/**
 * Notes use in memory and writes it in batches, so that no answer waits for it. A database that is away for a while
 * loses nothing; a process that is killed loses the last second.
 */
export function createUsageRecorder(
  dependencies: { usageLogs: UsageLogs; clock: Clock; ids: Ids; logger: Logger },
  options: { capacity?: number } = {},
): UsageRecorder {
  const { usageLogs, clock, ids, logger } = dependencies;
  const capacity = options.capacity ?? defaultCapacity;
  let noted: UsageLog[] = [];
  let dropped = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  function schedule(): void {
    if (timer !== undefined || writing !== undefined || noted.length === 0) return;
    const isFull = noted.length >= batchSize && failures === 0;
    const pauseMs = Math.min(flushAfterMs * 2 ** failures, longestPauseMs);
    timer = setTimeout(() => void write(), isFull ? 0 : pauseMs);
    timer.unref();
  }

  function makeRoom(): void {
    const excess = noted.length - capacity;
    if (excess <= 0) return;
    noted.splice(0, excess);
    dropped += excess;
  }

  /** Writes batch after batch until nothing is noted or one fails. */
  async function writeAll(): Promise<void> {
    while (noted.length > 0) {
      const batch = noted.splice(0, batchSize);
      try {
        await usageLogs.insertMany(batch);
        failures = 0;
      } catch (error) {
        noted = [...batch, ...noted];
        makeRoom();
        failures += 1;
        logger.warn({ error, noted: noted.length, dropped }, "usage not written; it will be tried again");
        return;
      }
    }
    if (dropped > 0) logger.error({ dropped }, "usage lost: the database was away for too long");
    dropped = 0;
  }

  function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      schedule();
    });
    return writing;
  }

  return {
    record: (event) => {
      noted.push(newUsageLog(event, { id: ids.next("use"), now: clock.now() }));
      makeRoom();
      if (noted.length === batchSize && failures === 0) {
        clearTimeout(timer);
        timer = undefined;
      }
      schedule();
    },
    flush: async () => {
      await writing;
      await write();
    },
  };
}
