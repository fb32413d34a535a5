import { describe, expect, it } from "vitest";
import type { LimitName } from "../../../src/domain/plans.ts";
import type { WindowCount } from "../../../src/domain/rate-window.ts";
import { checkLimit, limitOf, rateLimitHeadersOf, takeFromLimit } from "../../../src/http/rate-limit.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { rejection, silentLogger } from "../../integration/database/support.ts";

const counted = (running: number): WindowCount => ({ running, before: 0, startedAt: new Date(), windowSeconds: 60 });

async function take(name: LimitName, count: () => Promise<WindowCount>) {
  const startedAt = performance.now();
  const dependencies = { rateLimits: { count }, clock: systemClock, logger: silentLogger };
  const outcome = await takeFromLimit(dependencies, { name, subject: "user_a", beside: null }).catch(
    (error: unknown) => error,
  );
  return { outcome, ms: performance.now() - startedAt };
}

const never = () => new Promise<WindowCount>(() => undefined);
const broken = () => Promise.reject(new Error("away"));

describe("a limiter that cannot count", () => {
  it("gives what was counted while it can", async () => {
    expect((await take("chat", async () => counted(3))).outcome).toMatchObject({ running: 3 });
  });

  it.each<[LimitName]>([["general"], ["search"], ["shared"]])("lets reads under %s go on", async (name) => {
    expect((await take(name, broken)).outcome).toBeNull();
  });

  it("does not make reads wait for it", async () => {
    const { outcome, ms } = await take("general", never);
    expect(outcome).toBeNull();
    expect(ms).toBeLessThan(600);
  });

  it.each<[LimitName]>([["chat"], ["generation"], ["upload"], ["auth_login"]])(
    "stops what falls under %s",
    async (name) => {
      expect((await take(name, broken)).outcome).toMatchObject({ code: "unavailable", retryAfterSeconds: 5 });
    },
  );

  it("stops spending when it takes too long", async () => {
    const { outcome, ms } = await take("chat", never);
    expect(outcome).toMatchObject({ code: "unavailable" });
    expect(ms).toBeLessThan(4_000);
  });
});

describe("a limit", () => {
  const principal = {
    userId: "user_a",
    role: "user",
    tier: "free",
    isGuest: false,
    sessionId: null,
    credentialsVersion: 0,
  } as const;
  const check = (running: number, factor = 1) =>
    checkLimit({ clock: systemClock }, { name: "chat", principal, count: counted(running), factor });

  it("is told with every answer", () => {
    expect(check(1)).toEqual({ "ratelimit-limit": "60", "ratelimit-remaining": "59", "ratelimit-reset": "60" });
    expect(check(60)).toMatchObject({ "ratelimit-remaining": "0" });
    expect(check(60, 2)).toMatchObject({ "ratelimit-limit": "120", "ratelimit-remaining": "60" });
  });

  it("refuses what is over it, with its headers and when to come back", async () => {
    const error = await rejection((async () => check(61))());
    expect(error).toMatchObject({ code: "rate_limited", retryAfterSeconds: expect.any(Number) });
    expect(rateLimitHeadersOf(error as never)).toMatchObject({ "ratelimit-remaining": "0" });
  });

  it("is the general one for every route of an account without its own", () => {
    expect(limitOf({ auth: "user" })).toBe("general");
    expect(limitOf({ auth: "admin" })).toBe("general");
    expect(limitOf({ auth: "user", limit: "chat" })).toBe("chat");
    expect(limitOf({ auth: "none" })).toBeNull();
  });
});
