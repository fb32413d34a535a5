import { describe, expect, it } from "vitest";
import { newGuest } from "../../../../src/domain/user.ts";
import { expireStuckJobs } from "../../../../src/operations/upkeep/expire-stuck-jobs.ts";

describe("holds that belong to nothing", () => {
  it("are released for completions of the OpenAI door too, which are stored nowhere", async () => {
    const now = new Date("2026-11-21T12:00:00Z");
    const credit_holds = { cmpl_1: 2, cmpl_paid: 3, msg_there: 1, msg_gone: 1, gen_there: 4 };
    const user = { ...newGuest({ userId: "user_a", now }), credit_holds, last_hold_at: new Date(0) };
    const settled: object[] = [];
    let lookedBefore: Date | undefined;
    const dependencies = {
      stuckAfterMs: 1,
      clock: { now: () => now },
      generations: { findLapsed: async () => [], exists: async (id: string) => id === "gen_there" },
      ledger: {
        find: async (entry: { reason: string; resource_id: string }) =>
          entry.resource_id === "cmpl_paid" ? { ...entry, amount_credits: -2 } : null,
      },
      messages: { exists: async (id: string) => id === "msg_there" },
      users: {
        findWithHolds: async ({ before }: { before: Date }) => {
          lookedBefore = before;
          return [user];
        },
        settleHold: async (input: object) => {
          settled.push(input);
          return true;
        },
        clearHoldMark: async () => {},
      },
    } as unknown as Parameters<typeof expireStuckJobs>[0];
    expect(await expireStuckJobs(dependencies)).toEqual({ expired: 0, releasedHolds: 3 });
    expect(settled).toEqual([
      { userId: "user_a", resourceId: "cmpl_1", costCredits: 0, now },
      // The ledger has it: its process died before it could end the hold.
      { userId: "user_a", resourceId: "cmpl_paid", costCredits: 2, now },
      { userId: "user_a", resourceId: "msg_gone", costCredits: 0, now },
    ]);
    // An answer of the door takes 210 s at most, so none that is being written is among them.
    expect(now.getTime() - (lookedBefore?.getTime() ?? 0)).toBeGreaterThan(220_000);
  });
});
