import { describe, expect, it, vi } from "vitest";
import { AppError } from "../../../../src/domain/errors.ts";
import { holdBeside } from "../../../../src/operations/chat/credit-meter.ts";
import type { HoldResult } from "../../../../src/ports/users.ts";

const owner = { userId: "user_1", resourceId: "msg_1" };
const unavailable = new AppError("unavailable");

function begin(hold: Promise<HoldResult>, reading: Promise<string>) {
  const settleHold = vi.fn(async () => true);
  const dependencies = {
    users: { holdCredits: () => hold, settleHold },
    clock: { now: () => new Date(0) },
    logger: { warn: vi.fn() },
  } as unknown as Parameters<typeof holdBeside>[0];
  return { settleHold, held: holdBeside(dependencies, owner, reading) };
}

const held: HoldResult = { outcome: "held", heldCredits: 1 };

describe("a turn's first hold", () => {
  it("is made beside the reading", async () => {
    const { held: result, settleHold } = begin(Promise.resolve(held), Promise.resolve("read"));
    expect(await result).toEqual([held, "read"]);
    expect(settleHold).not.toHaveBeenCalled();
  });

  it("is given back when the reading fails, even if it is made only then", async () => {
    const late = Promise.withResolvers<HoldResult>();
    const { held: result, settleHold } = begin(late.promise, Promise.reject(unavailable));
    setImmediate(late.resolve, held);
    await expect(result).rejects.toBe(unavailable);
    expect(settleHold).toHaveBeenCalledExactlyOnceWith({ ...owner, costCredits: 0, now: new Date(0) });
  });

  it("that was not made is not given back", async () => {
    const refused = begin(Promise.resolve({ outcome: "no_account" }), Promise.reject(unavailable));
    await expect(refused.held).rejects.toBe(unavailable);
    expect(refused.settleHold).not.toHaveBeenCalled();
    const failed = begin(Promise.reject(unavailable), Promise.reject(new AppError("internal")));
    await expect(failed.held).rejects.toBeInstanceOf(AppError);
    expect(failed.settleHold).not.toHaveBeenCalled();
  });
});
