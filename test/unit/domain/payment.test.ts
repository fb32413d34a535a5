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

  it("are taken once for refunds that add up, in any order", () => {
    const second = nextReclaim(noReclaim, { refundCredits: 60 }, books);
    expect(second?.changeCredits).toBe(-60);
    expect(nextReclaim(second?.reclaim ?? noReclaim, { refundCredits: 30 }, books)).toBeNull();
    expect(nextReclaim(second?.reclaim ?? noReclaim, { refundCredits: 100 }, books)?.changeCredits).toBe(-40);
  });

  it("are never more than the charge gave, nor more than is there", () => {
    const refunded = nextReclaim(noReclaim, { refundCredits: 80 }, books)?.reclaim ?? noReclaim;
    expect(nextReclaim(refunded, { disputeCredits: 100 }, books)?.changeCredits).toBe(-20);
    expect(nextReclaim(noReclaim, { refundCredits: 80 }, { ...books, balanceCredits: 5 })?.changeCredits).toBe(-5);
  });

  it("come back when the dispute is won, as far as they were taken", () => {
    const open = nextReclaim(noReclaim, { disputeCredits: 100 }, { ...books, balanceCredits: 40 });
    const won = nextReclaim(open?.reclaim ?? noReclaim, { disputeCredits: 0, closesDispute: true }, books);
    expect(won?.changeCredits).toBe(40);
    // The event that opened it comes late.
    expect(nextReclaim(won?.reclaim ?? noReclaim, { disputeCredits: 100 }, books)).toBeNull();
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
