import { isAppError } from "../domain/errors.ts";
import type { Clock } from "../ports/platform.ts";

/** Pauses before the further tries, in ms. */
const pausesMs = [250, 1_000, 2_500];
/** A provider that asks for a longer pause is asked again by another try of the job, not by this one. In ms. */
const longestPauseMs = 5_000;

/**
 * Tries a call again that may be repeated: one that only asks, or whose second time changes nothing.
 * @throws what the last try failed with
 */
export async function withRetries<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await call();
    } catch (error) {
      if (!isAppError(error) || !error.isRetryable || signal?.aborted) throw error;
      const askedMs = (error.retryAfterSeconds ?? 0) * 1_000;
      if (askedMs > longestPauseMs) throw error;
      await clock.sleep(Math.max(pauseMs, askedMs), signal);
    }
  }
  return call();
}
