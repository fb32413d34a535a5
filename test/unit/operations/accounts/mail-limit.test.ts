import { describe, expect, it } from "vitest";
import { slidingCount, type WindowCount } from "../../../../src/domain/rate-window.ts";
import { limitMails, type MailDependencies } from "../../../../src/operations/accounts/mailed-tokens.ts";
import { opaqueTokens } from "../../../../src/platform/security.ts";

const windowSeconds = 900;
const startedAt = new Date("2026-11-21T12:00:00Z");
const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1_000);

/** Asks for a mail when an address has had so many. */
async function refusalOf(count: WindowCount, now: Date) {
  const dependencies = {
    rateLimits: { count: async () => count },
    opaqueTokens,
    clock: { now: () => now },
    rateLimitFactor: 1,
  } as unknown as MailDependencies;
  return limitMails(dependencies, "ada@example.com").catch((error: unknown) => error);
}

describe("mails to one address", () => {
  it("are let through up to their limit", async () => {
    expect(await refusalOf({ running: 5, before: 0, startedAt, windowSeconds }, at(10))).toBeUndefined();
  });

  it.each([
    [6, 0, 10],
    [7, 0, 880],
    [3, 9, 450],
  ])(
    "are promised for when the next one is let through: %i now, %i before, after %i s",
    async (running, before, after) => {
      const error = await refusalOf({ running, before, startedAt, windowSeconds }, at(after));
      const { code, retryAfterSeconds: wait } = error as { code: string; retryAfterSeconds: number };
      expect(code).toBe("rate_limited");
      const next = after + wait;
      const then: WindowCount =
        next < windowSeconds
          ? { running: running + 1, before, startedAt, windowSeconds }
          : { running: 1, before: running, startedAt: at(windowSeconds), windowSeconds };
      expect(slidingCount(then, at(next))).toBeLessThanOrEqual(5);
    },
  );
});
