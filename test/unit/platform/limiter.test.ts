import { describe, expect, it, vi } from "vitest";
import type { AppError } from "../../../src/domain/errors.ts";
import { createLimiter } from "../../../src/platform/limiter.ts";

describe("a limiter", () => {
  it("runs a few at once, in their order, and refuses one too many at once", async () => {
    const inTurn = createLimiter({ concurrency: 2, waiting: 2, patienceMs: 5_000 });
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const started: number[] = [];
    const work = gates.map((gate, index) =>
      inTurn(async () => {
        started.push(index);
        await gate.promise;
      }),
    );
    await expect(inTurn(async () => undefined)).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 5 });
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    await work[1];
    expect(started).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(work);
    await expect(inTurn(async () => "free again")).resolves.toBe("free again");
  });

  it("refuses what waits longer than its patience, and goes on with the others", async () => {
    const inTurn = createLimiter({ concurrency: 1, waiting: 5, patienceMs: 20 });
    const gate = Promise.withResolvers<void>();
    const hanging = inTurn(() => gate.promise);
    await expect(inTurn(async () => "too late")).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 5 });
    const next = inTurn(async () => "next");
    gate.resolve();
    await hanging;
    await expect(next).resolves.toBe("next");
    await expect(inTurn(async () => "free again")).resolves.toBe("free again");
  });

  it("lets a flood of one hold up another by a place, not by all of it", async () => {
    const inTurn = createLimiter({ concurrency: 1, waiting: 4, patienceMs: 5_000 });
    const gate = Promise.withResolvers<void>();
    const ended: string[] = [];
    const ask = (name: string) =>
      inTurn(async () => void ended.push(name), name[0]).catch((error: AppError) => `${name} ${error.code}`);
    const running = inTurn(() => gate.promise);
    const flood = ["a1", "a2", "a3", "a4", "a5"].map(ask);
    await expect(flood[4]).resolves.toBe("a5 unavailable");
    // There is no room left: the newest of whoever has most waiting makes it, until all have as much.
    const others = ["b1", "c1", "d1", "e1"].map(ask);
    await expect(Promise.all(flood.slice(1))).resolves.toEqual([
      "a2 unavailable",
      "a3 unavailable",
      "a4 unavailable",
      "a5 unavailable",
    ]);
    await expect(others[3]).resolves.toBe("e1 unavailable");
    gate.resolve();
    await Promise.all([running, ...flood, ...others]);
    expect(ended).toEqual(["a1", "b1", "c1", "d1"]);
    const again = inTurn(async () => Promise.all([]));
    const mixed = ["a1", "a2", "a3", "b1"].map(ask);
    await Promise.all([again, ...mixed]);
    expect(ended.slice(4)).toEqual(["a1", "b1", "a2", "a3"]);
  });

  it("gives the place of what failed to the next", async () => {
    const inTurn = createLimiter({ concurrency: 1, waiting: 5, patienceMs: 5_000 });
    const failing = inTurn(async () => {
      throw new Error("no");
    });
    const next = inTurn(async () => "next");
    await expect(failing).rejects.toThrow("no");
    await expect(next).resolves.toBe("next");
  });

  it("leaves a place empty for a while after each piece of work", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const inTurn = createLimiter({ concurrency: 1, waiting: 5, patienceMs: 5_000, restMs: 40 });
      const ended: string[] = [];
      await inTurn(async () => void ended.push("first"));
      const next = inTurn(async () => void ended.push("next"));
      await vi.advanceTimersByTimeAsync(39);
      expect(ended).toEqual(["first"]);
      await vi.advanceTimersByTimeAsync(1);
      await next;
      expect(ended).toEqual(["first", "next"]);
    } finally {
      vi.useRealTimers();
    }
  });
});
