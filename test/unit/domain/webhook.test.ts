import { describe, expect, it } from "vitest";
import { retryPauseSeconds, secretOverlapMs, signingVersions } from "../../../src/domain/webhook.ts";

describe("the tries of a webhook", () => {
  it("are eight, with ever longer pauses", () => {
    const pauses = Array.from({ length: 8 }, (_, index) => retryPauseSeconds(index + 1, 0));
    expect(pauses.at(-1)).toBeNull();
    const numbers = pauses.slice(0, -1).map(Number);
    expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect(numbers.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(4 * 3_600);
  });

  it("are spread by a fifth at most", () => {
    expect(retryPauseSeconds(3, 1)).toBe(72);
  });
});

describe("the secrets that sign", () => {
  const rotated_at = new Date("2026-01-01T00:00:00Z");
  const later = (milliseconds: number) => new Date(rotated_at.getTime() + milliseconds);

  it("are the first until one is asked for, then both for a while", () => {
    expect(signingVersions(null, rotated_at)).toEqual([1]);
    expect(signingVersions({ version: 3, rotated_at }, later(secretOverlapMs - 1))).toEqual([3, 2]);
    expect(signingVersions({ version: 3, rotated_at }, later(secretOverlapMs))).toEqual([3]);
  });

  it("are each one for its whole time after it was replaced, also when the next is replaced meanwhile", () => {
    const hourMs = 3_600_000;
    const replaced = [
      { version: 1, at: rotated_at },
      { version: 2, at: later(hourMs) },
    ];
    const secret = { version: 3, rotated_at: later(hourMs), replaced };
    expect(signingVersions(secret, later(hourMs))).toEqual([3, 2, 1]);
    expect(signingVersions(secret, later(secretOverlapMs))).toEqual([3, 2]);
    expect(signingVersions(secret, later(secretOverlapMs + hourMs))).toEqual([3]);
  });
});
