import { describe, expect, it } from "vitest";
import { graceMs, hasRunOut, tierOf, withFacts } from "../../../src/domain/subscription.ts";
import {
  subscriptionFacts as facts,
  subscriptionAt as now,
  subscriptionOf as subscription,
} from "../../support/subscriptions.ts";

const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

describe("a subscription", () => {
  it("counts as past due from the first failure on, until a payment succeeds", () => {
    const late = subscription({ status: "past_due" });
    expect(late.past_due_since).toEqual(now);
    expect(subscription({ status: "past_due" }, late, inDays(2)).past_due_since).toEqual(now);
    expect(subscription({}, late, inDays(2)).past_due_since).toBeNull();
  });

  it("keeps its plan in the grace and loses it afterwards, though Stripe goes on calling it past due", () => {
    const late = subscription({ status: "past_due" });
    expect(tierOf(late)).toBe("pro");
    const tooLate = subscription({ status: "past_due" }, late, new Date(now.getTime() + graceMs));
    expect(tooLate.status).toBe("expired");
    expect(tierOf(tooLate)).toBe("free");
  });

  it.each([
    ["runs", { periodEnd: inDays(1) }, now, true, false],
    ["ended a moment ago, and the next period may follow", { periodEnd: inDays(-0.01) }, now, true, false],
    ["ended, and Stripe has no other period", { periodEnd: inDays(-1) }, now, true, true],
    ["ended, and Stripe does not answer", { periodEnd: inDays(-1) }, now, false, false],
    ["ended long ago, and Stripe does not answer", { periodEnd: inDays(-4) }, now, false, true],
    ["was to end and has ended", { periodEnd: inDays(-0.01), cancelAtPeriodEnd: true }, now, false, true],
    ["was cancelled", { status: "cancelled", periodEnd: inDays(-9) } as const, now, true, false],
  ])("that %s", (_name, changes, at, isConfirmed, expected) => {
    expect(hasRunOut(subscription(changes), at, isConfirmed)).toBe(expected);
  });

  it("counts what was spent in its period anew with each period", () => {
    const first = subscription();
    expect(first.credits_used_this_period).toBe(0);
    const later = withFacts(first, facts, {
      userId: "user_1",
      subscriptionId: "other",
      creditsPerMonth: 2_000,
      creditsSpent: 30,
      cause: "test",
      eventAt: null,
      now: inDays(1),
    });
    expect(later).toMatchObject({ _id: "sub_a", credits_used_this_period: 23, revision: 2 });
  });

  it("keeps the beginning of a change that the audit log does not have yet", () => {
    const first = subscription();
    const second = subscription({ status: "past_due" }, first);
    expect(second.change).toMatchObject({ from: null, to: { status: "past_due" } });
  });
});
