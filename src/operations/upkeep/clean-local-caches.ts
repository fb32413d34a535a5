import type { Clock } from "../../ports/platform.ts";
import type { LocalCache } from "../../ports/storage.ts";

/** Removes old files of this machine's cache, then the oldest until it fits its size. */
export async function cleanLocalCaches({
  localCache,
  clock,
  cacheMaxAgeMs,
  cacheMaxBytes,
}: {
  localCache: LocalCache;
  clock: Clock;
  cacheMaxAgeMs: number;
  cacheMaxBytes: number;
}): Promise<{ removedFiles: number; removedBytes: number; keptBytes: number }> {
  return localCache.clean({ now: clock.now(), maxAgeMs: cacheMaxAgeMs, maxBytes: cacheMaxBytes });
}
