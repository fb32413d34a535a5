import type { DatabaseHealth } from "../../ports/database.ts";
import type { Clock } from "../../ports/platform.ts";
import type { BlobStorage, GenerationQueue } from "../../ports/storage.ts";
import type { ReadyJson } from "../../schemas/operation.ts";

/** A part that does not answer within this long counts as down, in ms. */
const patienceMs = 3_000;

/** Asks each part whether it answers, side by side. */
export async function checkReadiness(dependencies: {
  database: DatabaseHealth;
  blobs: BlobStorage;
  generationQueue: GenerationQueue;
  clock: Clock;
}): Promise<ReadyJson> {
  const { clock } = dependencies;
  const check = async (ping: () => Promise<void>): Promise<ReadyJson["checks"]["database"]> => {
    const startedAt = performance.now();
    const answered = new AbortController();
    const isUp = await Promise.race([
      ping().then(
        () => true,
        () => false,
      ),
      clock.sleep(patienceMs, answered.signal).then(() => false),
    ]);
    answered.abort();
    return { status: isUp ? "up" : "down", latency_ms: Math.round((performance.now() - startedAt) * 10) / 10 };
  };
  const [database, blobs, queues] = await Promise.all([
    check(() => dependencies.database.ping()),
    check(() => dependencies.blobs.ping()),
    check(() => dependencies.generationQueue.ping()),
  ]);
  const checks = { database, blobs, queues };
  const isReady = Object.values(checks).every(({ status }) => status === "up");
  return { status: isReady ? "ready" : "unavailable", checks };
}
