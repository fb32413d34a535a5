import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { secondsUntilFree, slidingCount, type WindowCount } from "../../../src/domain/rate-window.ts";

const startedAt = new Date("2026-11-21T12:00:00.000Z");
const later = (seconds: number) => new Date(startedAt.getTime() + seconds * 1_000);
const count = (running: number, before: number): WindowCount => ({ running, before, startedAt, windowSeconds: 60 });

/** What the database would count for one more request at `now`. */
function withOneMore({ running, before }: WindowCount, now: Date): number {
  const windows = Math.floor((now.getTime() - startedAt.getTime()) / 60_000);
  const moved = windows === 0 ? { running, before } : windows === 1 ? { running: 0, before: running } : null;
  const there = moved ?? { running: 0, before: 0 };
  const started = new Date(startedAt.getTime() + windows * 60_000);
  return slidingCount({ running: there.running + 1, before: there.before, startedAt: started, windowSeconds: 60 }, now);
}

describe("a sliding window", () => {
  it("lets the window before slide out", () => {
    expect(slidingCount(count(0, 10), later(0))).toBe(10);
    expect(slidingCount(count(2, 10), later(30))).toBe(7);
    expect(slidingCount(count(2, 10), later(60))).toBe(2);
    expect(slidingCount(count(2, 10), later(-5))).toBe(12);
    // Sixty just before the turn of the window leave no room for one more just after it.
    expect(slidingCount(count(1, 60), later(0.1))).toBe(61);
  });

  it("tells when the next request passes, truthfully and not later than needed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 0, max: 59_999 }),
        (allowed, running, before, passedMs) => {
          const now = later(passedMs / 1_000);
          fc.pre(slidingCount(count(running, before), now) > allowed);
          const seconds = secondsUntilFree(count(running, before), allowed, now);
          const at = (wait: number) => new Date(now.getTime() + wait * 1_000);
          expect(withOneMore(count(running, before), at(seconds))).toBeLessThanOrEqual(allowed);
          if (seconds > 2) expect(withOneMore(count(running, before), at(seconds - 2))).toBeGreaterThan(allowed);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [107, 94, 144, 33],
    [49, 576, 427, 34],
    [74, 52, 75, 14.2],
  ])("lets who waited as told through, of %i allowed after %i and %i", (allowed, running, before, passed) => {
    const seconds = secondsUntilFree(count(running, before), allowed, later(passed));
    expect(withOneMore(count(running, before), later(passed + seconds))).toBeLessThanOrEqual(allowed);
  });
});
