import type { WindowCount } from "../domain/rate-window.ts";

export interface RateLimits {
  /**
   * Counts one request. One atomic upsert.
   * @param weight what the request counts; 0 only looks
   */
  count(input: {
    subject: string;
    endpoint: string;
    windowSeconds: number;
    weight: number;
    now: Date;
  }): Promise<WindowCount>;
}
