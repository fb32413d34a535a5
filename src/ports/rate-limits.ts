import type { WindowCount } from "../domain/rate-window.ts";

export interface RateLimits {
  /** Counts one request. One atomic upsert. */
  count(input: Parameters<RateLimits["hit"]>[0]): Promise<WindowCount>;
  /**
   * Counts one request and tells how many the sliding window now holds: those of the running window and the share of
   * the one before that the sliding window still covers. One atomic upsert.
   * @param weight what the request counts; 0 only looks
   */
  hit(input: { subject: string; endpoint: string; windowSeconds: number; weight: number; now: Date }): Promise<number>;
}
