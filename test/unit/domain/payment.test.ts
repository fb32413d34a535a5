import { describe, expect, it } from "vitest";
import { nextRenewal, topUpCredits } from "../../../src/domain/allowance.ts";
import { nextReclaim, noReclaim, shareOfCredits } from "../../../src/domain/payment.ts";

describe("the share of credits that goes with a part of the money", () => {
  it.each([
    [100, 500, 500, 100],
    [100, 250, 500, 50],
    [100, 1, 500, 0],
    [101, 333, 1_000, 33],
    [100, 0, 500, 0],
    [100, 900, 500, 100],
    [100, 5, 0, 100],
  ])("of %i for %i of %i is %i", (granted, part, whole, expected) => {
    expect(shareOfCredits(granted, part, whole)).toBe(expected);
  });
});

describe("credits that are taken back", () => {
  const books = { grantedCredits: 100, balanceCredits: 1_000 };
  const refund = (credits: number, mayFall = false) => ({ reason: "refund", credits, mayFall }) as const;
  const dispute = (disputeId: string, credits: number, isClosed = false) =>
    ({ reason: "dispute", disputeId, credits, isClosed }) as const;
  const having = (...all: Parameters<typeof nextReclaim>[1][]) =>
    all.reduce((reclaim, wanted) => nextReclaim(reclaim, wanted, books)?.reclaim ?? reclaim, noReclaim);

  it("are taken once for refunds that add up, in any order", () => {
    expect(nextReclaim(noReclaim, refund(60), books)?.changeCredits).toBe(-60);
    expect(nextReclaim(having(refund(60)), refund(30), books)).toBeNull();
    expect(nextReclaim(having(refund(60)), refund(100), books)?.changeCredits).toBe(-40);
  });

  it("come back when a refund fails, as far as they were taken", () => {
    expect(nextReclaim(having(refund(60)), refund(0, true), books)?.changeCredits).toBe(60);
    const poor = nextReclaim(noReclaim, refund(60), { ...books, balanceCredits: 5 })?.reclaim ?? noReclaim;
    expect(nextReclaim(poor, refund(20, true), books)?.changeCredits).toBe(0);
    expect(nextReclaim(poor, refund(0, true), books)?.changeCredits).toBe(5);
  });

  it("are never more than the charge gave, nor more than is there", () => {
    expect(nextReclaim(having(refund(80)), dispute("dp_1", 100), books)?.changeCredits).toBe(-20);
    expect(nextReclaim(noReclaim, refund(80), { ...books, balanceCredits: 5 })?.changeCredits).toBe(-5);
  });

  it("come back when the dispute is won, as far as they were taken", () => {
    const open = nextReclaim(noReclaim, dispute("dp_1", 100), { ...books, balanceCredits: 40 });
    const won = nextReclaim(open?.reclaim ?? noReclaim, dispute("dp_1", 0, true), books);
    expect(won?.changeCredits).toBe(40);
    // The event that opened it comes late.
    expect(nextReclaim(won?.reclaim ?? noReclaim, dispute("dp_1", 100), books)).toBeNull();
  });

  it("are taken for each of a charge's disputes: one that is closed says nothing of the next", () => {
    const won = having(dispute("dp_1", 50), dispute("dp_1", 0, true));
    expect(nextReclaim(won, dispute("dp_2", 50), books)?.changeCredits).toBe(-50);
    const lost = having(dispute("dp_1", 50, true), dispute("dp_2", 30));
    expect(nextReclaim(lost, dispute("dp_2", 0, true), books)?.changeCredits).toBe(30);
    expect(nextReclaim(lost, dispute("dp_1", 50, true), books)).toBeNull();
  });
});

describe("the monthly credits of a free account", () => {
  it("top it up: what is left over and what is set aside count", () => {
    expect(topUpCredits({ credits_remaining: 12, credit_holds: { msg_1: 3 } }, 50)).toBe(35);
    expect(topUpCredits({ credits_remaining: 120, credit_holds: {} }, 50)).toBe(0);
  });

  it("come on the same day of each month; months that nobody asked for are not made up", () => {
    const due = new Date("2026-01-31T10:00:00Z");
    expect(nextRenewal(due, due).toISOString()).toBe("2026-02-28T10:00:00.000Z");
    expect(nextRenewal(due, new Date("2026-05-02T00:00:00Z")).toISOString()).toBe("2026-05-28T10:00:00.000Z");
  });
});
