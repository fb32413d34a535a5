import { describe, expect, it } from "vitest";
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

  it("gives the place of what failed to the next", async () => {
    const inTurn = createLimiter({ concurrency: 1, waiting: 5, patienceMs: 5_000 });
    const failing = inTurn(async () => {
      throw new Error("no");
    });
    const next = inTurn(async () => "next");
    await expect(failing).rejects.toThrow("no");
    await expect(next).resolves.toBe("next");
  });
});
