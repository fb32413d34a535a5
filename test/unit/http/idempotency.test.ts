import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startIdempotent } from "../../../src/http/idempotency.ts";
import type { IdempotencyKeys } from "../../../src/ports/idempotency-keys.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-21T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A request with a key, and until when it is locked. */
async function start() {
  let lockedUntil = 0;
  const idempotencyKeys = {
    start: async (input: { lockedUntil: Date }) => {
      lockedUntil = input.lockedUntil.getTime();
      return { outcome: "started", allottedId: "id" };
    },
    setLock: async (input: { lockedUntil: Date }) => {
      lockedUntil = input.lockedUntil.getTime();
    },
    complete: async () => undefined,
    release: async () => undefined,
  } as unknown as IdempotencyKeys;
  const request = await startIdempotent(
    {
      idempotencyKeys,
      clock: { now: () => new Date(), sleep: async () => undefined },
      ids: { bare: () => "id", next: () => "id", after: () => "id", instance: "here" },
    },
    { userId: "user_1", key: "key", method: "POST", path: "/", body: "" },
  );
  return { request, lockedForMs: () => lockedUntil - Date.now() };
}

it("is locked while it runs, and for a minute at most when its process dies", async () => {
  const { lockedForMs } = await start();
  for (let seconds = 0; seconds < 230; seconds += 10) {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lockedForMs()).toBeGreaterThan(30_000);
    expect(lockedForMs()).toBeLessThanOrEqual(60_000);
  }
});

it("is not locked for ever, whatever hangs", async () => {
  const { lockedForMs } = await start();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(lockedForMs()).toBeLessThan(0);
});

it("is not locked again once it was given up", async () => {
  const { request, lockedForMs } = await start();
  await request.unlock();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lockedForMs()).toBeLessThanOrEqual(-60_000);
});

it.each(["complete", "release"] as const)("is left alone after %s", async (end) => {
  const { request, lockedForMs } = await start();
  await request[end]({ status: 200, headers: {}, body: "{}" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lockedForMs()).toBeLessThanOrEqual(0);
});
