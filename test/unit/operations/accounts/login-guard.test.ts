import { describe, expect, it } from "vitest";
import {
  assertMayTry,
  forgetFailures,
  type GuardDependencies,
  noteFailure,
} from "../../../../src/operations/accounts/login-guard.ts";
import { opaqueTokens } from "../../../../src/platform/security.ts";
import type { LoginFailure } from "../../../../src/ports/login-failures.ts";
import type { Sessions } from "../../../../src/ports/sessions.ts";

const owner = { email: "ada@example.com", ipAddress: "203.0.113.1" };
const userId = "user_ada";

/** A world with a clock to move; the owner was signed in from their address before. */
function createWorld() {
  let now = new Date("2026-11-21T12:00:00Z");
  const failures = new Map<string, LoginFailure>();
  const dependencies: GuardDependencies = {
    loginFailures: {
      read: async (subjects) => subjects.map((subject) => failures.get(subject) ?? null),
      record: async ({ subjects, now: at }) => {
        for (const subject of subjects) {
          failures.set(subject, { failures: (failures.get(subject)?.failures ?? 0) + 1, lastFailedAt: at });
        }
      },
      clear: async (subjects) => {
        for (const subject of subjects) failures.delete(subject);
      },
    },
    sessions: {
      cameFrom: async (input: { ipAddress: string }) => input.ipAddress === owner.ipAddress,
    } as unknown as Sessions,
    opaqueTokens,
    clock: { now: () => now, sleep: async () => undefined },
    rateLimitFactor: 1,
  };
  return {
    dependencies,
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1_000);
    },
    fail: async (attempt: { email: string; ipAddress: string }, times: number) => {
      for (let time = 0; time < times; time += 1) await noteFailure(dependencies, attempt);
    },
    wait: (attempt: { email: string; ipAddress: string }, id: string | undefined = userId) =>
      assertMayTry(dependencies, { attempt, userId: id }).then(
        () => 0,
        (error: { retryAfterSeconds: number }) => error.retryAfterSeconds,
      ),
  };
}

describe("wrong passwords", () => {
  it("make the next try wait longer and longer, and success ends that", async () => {
    const world = createWorld();
    await world.fail(owner, 5);
    expect(await world.wait(owner)).toBe(0);
    await world.fail(owner, 1);
    expect(await world.wait(owner)).toBe(1);
    world.pass(1);
    expect(await world.wait(owner)).toBe(0);
    await world.fail(owner, 3);
    expect(await world.wait(owner)).toBe(8);
    await forgetFailures(world.dependencies, owner);
    expect(await world.wait(owner)).toBe(0);
  });

  it("from elsewhere do not keep the owner out, and strangers only for a minute", async () => {
    const world = createWorld();
    for (let host = 0; host < 100; host += 1) await world.fail({ ...owner, ipAddress: `198.51.100.${host}` }, 2);
    expect(await world.wait(owner)).toBe(0);
    expect(await world.wait({ ...owner, ipAddress: "192.0.2.7" })).toBe(60);
  });

  it("count for accounts that do not exist just as well", async () => {
    const world = createWorld();
    const nobody = { email: "nobody@example.com", ipAddress: "192.0.2.8" };
    await world.fail(nobody, 8);
    expect(await world.wait(nobody, undefined)).toBe(4);
  });

  it("of a list of accounts are counted for the address, and one's own success does not clear it", async () => {
    const world = createWorld();
    for (let index = 0; index < 107; index += 1) {
      await world.fail({ email: `person-${index}@example.com`, ipAddress: "192.0.2.9" }, 1);
    }
    const thief = { email: "thief@example.com", ipAddress: "192.0.2.9" };
    expect(await world.wait(thief, undefined)).toBe(60);
    await forgetFailures(world.dependencies, thief);
    expect(await world.wait(thief, undefined)).toBe(60);
    expect(await world.wait(owner)).toBe(0);
  });
});
