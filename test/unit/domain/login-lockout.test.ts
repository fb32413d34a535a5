import { describe, expect, it } from "vitest";
import { lockoutMs, lockoutRules } from "../../../src/domain/login-lockout.ts";

describe("the wait after wrong passwords", () => {
  it("begins after a few, doubles, and ends growing", () => {
    const waits = Array.from({ length: 20 }, (_, failures) => lockoutMs(lockoutRules.pair, failures) / 1_000);
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300, 300]);
  });

  it("is never long for what an attacker can bring upon others", () => {
    expect(lockoutMs(lockoutRules.account, 1_000_000)).toBe(60_000);
    expect(lockoutMs(lockoutRules.address, 1_000_000)).toBe(60_000);
  });
});
