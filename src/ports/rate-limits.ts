import type { WindowCount } from "../domain/rate-window.ts";

/** Who is counted, and where. */
export interface CountedSubject {
  readonly subject: string;
  readonly endpoint: string;
  readonly windowSeconds: number;
}

export interface RateLimits {
  /**
   * Counts one request. One atomic upsert.
   * @param weight what the request counts; 0 only looks
   */
  count(input: CountedSubject & { readonly weight: number; readonly now: Date }): Promise<WindowCount>;
  /** Takes one request back that was counted in the window that began then; in a later one it does no harm. */
  giveBack(input: CountedSubject & { readonly startedAt: Date }): Promise<void>;
}
