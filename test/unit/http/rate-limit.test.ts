import { describe, expect, it } from "vitest";
import type { LimitName } from "../../../src/domain/plans.ts";
import type { WindowCount } from "../../../src/domain/rate-window.ts";
import { keepToLimit, limitOf, rateLimitHeadersOf, takeFromLimit } from "../../../src/http/rate-limit.ts";
import { createRefusals } from "../../../src/http/refusals.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import type { RateLimits } from "../../../src/ports/rate-limits.ts";
import { rejection, silentLogger } from "../../integration/database/support.ts";
import { noTelemetry } from "../../support/telemetry.ts";

const counted = (running: number): WindowCount => ({ running, before: 0, startedAt: new Date(), windowSeconds: 60 });

async function take(name: LimitName, count: () => Promise<WindowCount>) {
  const startedAt = performance.now();
  const rateLimits = { count, giveBack: async () => undefined };
  const dependencies = { rateLimits, clock: systemClock, logger: silentLogger };
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
  const subject = "user_a";

  function createServices(giveBack: RateLimits["giveBack"] = async () => undefined) {
    const given: unknown[] = [];
    const failedOpen: string[] = [];
    const services = {
      rateLimits: {
        count: never,
        giveBack: (input: Parameters<RateLimits["giveBack"]>[0]) => {
          given.push(input);
          return giveBack(input);
        },
      },
      clock: systemClock,
      logger: silentLogger,
      refusals: createRefusals(systemClock),
      telemetry: { ...noTelemetry, count: (name: string) => void failedOpen.push(name) },
      rateLimitFactor: 1,
    };
    return { services, given, failedOpen };
  }

  const keep = (count: WindowCount | null, { services } = createServices()) =>
    keepToLimit(services, { name: "chat", subject, tier: "free", count });

  it("is told with every answer", async () => {
    const full = { "ratelimit-limit": "60", "ratelimit-remaining": "59", "ratelimit-reset": "60" };
    expect(await keep(counted(1))).toEqual(full);
    expect(await keep(counted(60))).toMatchObject({ "ratelimit-remaining": "0" });
    const wider = createServices();
    wider.services.rateLimitFactor = 2;
    expect(await keep(counted(60), wider)).toMatchObject({ "ratelimit-limit": "120", "ratelimit-remaining": "60" });
  });

  it("is not told where nobody could count, which is noted", async () => {
    const world = createServices();
    expect(await keep(null, world)).toEqual({});
    expect(world.failedOpen).toEqual(["muse.rate_limit.fail_open"]);
  });

  it("refuses what is over it, with its headers and when to come back, and does not count it", async () => {
    const world = createServices();
    const count = counted(61);
    const error = await rejection(keep(count, world));
    expect(error).toMatchObject({ code: "rate_limited", retryAfterSeconds: expect.any(Number) });
    expect(rateLimitHeadersOf(error as never)).toMatchObject({ "ratelimit-remaining": "0" });
    const { startedAt, windowSeconds } = count;
    expect(world.given).toEqual([{ subject, endpoint: "chat", windowSeconds, startedAt }]);
    expect(world.services.refusals.find(`chat ${subject}`)).toMatchObject({ allowed: 60 });
  });

  it("lets nobody wait longer for all the others that are refused in the same moment", async () => {
    const seconds = async (running: number) =>
      ((await rejection(keep(counted(running)))) as { retryAfterSeconds: number }).retryAfterSeconds;
    const alone = await seconds(61);
    expect(alone).toBeGreaterThan(55);
    expect(alone).toBeLessThan(65);
    expect(Math.abs((await seconds(600)) - alone)).toBeLessThanOrEqual(1);
  });

  it.each([
    ["away", broken],
    ["slow", never],
  ])("refuses as well while its database is %s", async (_how, giveBack) => {
    const world = createServices(giveBack as () => Promise<never>);
    expect(await rejection(keep(counted(61), world))).toMatchObject({ code: "rate_limited" });
  });

  it("is the general one for every route of an account without its own", () => {
    expect(limitOf({ auth: "user" })).toBe("general");
    expect(limitOf({ auth: "admin" })).toBe("general");
    expect(limitOf({ auth: "user", limit: "chat" })).toBe("chat");
    expect(limitOf({ auth: "none" })).toBeNull();
  });
});
