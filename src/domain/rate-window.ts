/** What one subject did at one endpoint: requests of the running window and of the one before. */
export interface WindowCount {
  readonly running: number;
  readonly before: number;
  readonly startedAt: Date;
  readonly windowSeconds: number;
}

/** How much of the running window has passed, 0 to 1 and more. */
function elapsed({ startedAt, windowSeconds }: WindowCount, now: Date): number {
  return Math.max(0, (now.getTime() - startedAt.getTime()) / (windowSeconds * 1_000));
}

/**
 * Requests in the sliding window that ends at `now`, taking those of the window before as spread evenly over it. A part of
 * one counts as one, so that nobody gets one more for asking around the turn of a window.
 */
export function slidingCount({ running, before, startedAt, windowSeconds }: WindowCount, now: Date): number {
  // In whole milliseconds: a share of one could be a hair too much for a whole number, and count as one more.
  const windowMs = windowSeconds * 1_000;
  const leftMs = Math.min(windowMs, Math.max(0, startedAt.getTime() + windowMs - now.getTime()));
  return running + Math.ceil((before * leftMs) / windowMs);
}

/** Seconds, rounded up, until one more request is within `allowed`, if none comes meanwhile; at least 1. */
export function secondsUntilFree(count: WindowCount, allowed: number, now: Date): number {
  const { running, before, windowSeconds } = count;
  const passed = elapsed(count, now);
  // Within this window: the share of the one before has to shrink to what the running one and the next request leave.
  const room = allowed - running - 1;
  const freeAt = room < 0 ? 1 : before === 0 ? 0 : 1 - room / before;
  // Or in the next one, where the running window is the one before.
  const share = freeAt < 1 ? freeAt : 1 + Math.max(0, running === 0 ? 0 : 1 - (allowed - 1) / running);
  // A little later than the bound, which fractions may miss by a hair.
  return Math.max(1, Math.floor((share - passed) * windowSeconds) + 1);
}
