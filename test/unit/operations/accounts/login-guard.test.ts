import { describe, expect, it, vi } from "vitest";
import { newEmailUser } from "../../../../src/domain/user.ts";
import { forgetFailures, provePassword } from "../../../../src/operations/accounts/login-guard.ts";
import { opaqueTokens } from "../../../../src/platform/security.ts";
import type { LoginFailure } from "../../../../src/ports/login-failures.ts";
import type { Sessions } from "../../../../src/ports/sessions.ts";

const owner = { email: "ada@example.com", ipAddress: "203.0.113.1" };
const at = new Date("2026-11-21T12:00:00Z");
const ada = newEmailUser({ userId: "user_ada", email: owner.email, hashedPassword: "hash", now: at });

type Try = Parameters<typeof provePassword>[1]["attempt"];

/** A world with a clock to move; the owner was signed in from their address before. */
function createWorld() {
  let now = at;
  /** Set: comparisons end in their order when they are let. */
  let held: (() => void)[] | undefined;
  const failures = new Map<string, LoginFailure>();
  const dependencies: Parameters<typeof provePassword>[0] = {
    passwordHasher: {
      hash: async () => "hash",
      verify: async (password, hash) => {
        if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
        return hash !== undefined && password === "right";
      },
    },
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
  const pass = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1_000);
  };
  const prove = (attempt: Try, password: string, user: typeof ada | null = ada) =>
    provePassword(dependencies, { attempt, user, password });
  const secondsRefused = (outcome: Promise<boolean>): Promise<number> =>
    outcome.then(
      () => 0,
      (error: { retryAfterSeconds: number }) => error.retryAfterSeconds,
    );
  return {
    dependencies,
    pass,
    prove,
    /** Seconds that the right password has to wait. */
    wait: (attempt: Try, user: typeof ada | null = ada) => secondsRefused(prove(attempt, "right", user)),
    /** Wrong passwords, each as soon as it may be tried. */
    fail: async (attempt: Try, times: number, user: typeof ada | null = ada) => {
      for (let counted = 0; counted < times; ) {
        const seconds = await secondsRefused(prove(attempt, "wrong", user));
        if (seconds === 0) counted += 1;
        pass(seconds);
      }
    },
    /** @returns what lets each comparison that begins from now on end, in their order */
    hold: () => {
      held = [];
      return held;
    },
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
    await world.fail(nobody, 8, null);
    expect(await world.wait(nobody, null)).toBe(4);
  });

  it("of a list of accounts are counted for the address, and one's own success does not clear it", async () => {
    const world = createWorld();
    for (let index = 0; index < 107; index += 1) {
      await world.fail({ email: `person-${index}@example.com`, ipAddress: "192.0.2.9" }, 1, null);
    }
    const thief = { email: "thief@example.com", ipAddress: "192.0.2.9" };
    expect(await world.wait(thief, null)).toBe(60);
    await forgetFailures(world.dependencies, thief);
    expect(await world.wait(thief, null)).toBe(60);
    expect(await world.wait(owner)).toBe(0);
  });

  it("that come to their turn after too many others are answered as the right one is then", async () => {
    const world = createWorld();
    await world.fail(owner, 5);
    const comparisons = world.hold();
    const [first, ...others] = ["wrong", "right", "wrong"].map((password) => world.prove(owner, password));
    await vi.waitFor(() => expect(comparisons).toHaveLength(3));
    comparisons[0]?.();
    expect(await first).toBe(false);
    const outcomes = Promise.allSettled(others);
    for (const end of comparisons) end();
    const refused = { status: "rejected", reason: { code: "rate_limited", retryAfterSeconds: 1 } };
    expect(await outcomes).toMatchObject([refused, refused]);
  });
});
