import { describe, expect, it } from "vitest";
import type { InvoiceFacts, InvoiceLine } from "../../../src/domain/payment.ts";
import { planCreditsOf } from "../../../src/domain/plan-credits.ts";
import { plans } from "../../../src/domain/plans.ts";

const day = (number: number) => new Date(Date.UTC(2026, 10, number));
const seconds = (date: Date) => date.getTime() / 1_000;

const subscription = {
  id: "sub_1",
  plan: "pro",
  interval: "monthly",
  periodStart: day(1),
  periodEnd: day(31),
  trialStart: null,
  trialEnd: null,
} as const;

const line = (changes: Partial<InvoiceLine> = {}): InvoiceLine => ({
  plan: "pro",
  interval: "monthly",
  amountMinor: 2_900,
  isProration: false,
  periodStart: day(1),
  periodEnd: day(31),
  ...changes,
});

const invoice = (...lines: InvoiceLine[]): InvoiceFacts => ({
  id: "in_1",
  customerId: "cus_1",
  userId: null,
  subscriptionId: "sub_1",
  isPaid: true,
  isFirst: false,
  amountMinor: 2_900,
  lines,
  sourceIds: ["in_1"],
});

const credits = (...lines: InvoiceLine[]) =>
  planCreditsOf(invoice(...lines), subscription).map(({ resourceId, credits: amount }) => [resourceId, amount]);

describe("the credits of a paid invoice", () => {
  it("are the plan's for its period, named by the period's beginning", () => {
    expect(credits(line())).toEqual([[`sub_1:${seconds(day(1))}`, plans.pro.credits_per_month]]);
  });

  it("are those of the period that runs, when the invoice has no lines", () => {
    expect(credits()).toEqual([[`sub_1:${seconds(day(1))}`, plans.pro.credits_per_month]]);
  });

  it("are twelve months' for a year", () => {
    expect(credits(line({ interval: "yearly" }))[0]?.[1]).toBe(12 * plans.pro.credits_per_month);
  });

  it("do not depend on a discount", () => {
    expect(credits(line({ amountMinor: 0 }))[0]?.[1]).toBe(plans.pro.credits_per_month);
  });

  it("are fewer for a trial, and once", () => {
    const trial = { ...subscription, trialStart: day(1), trialEnd: day(8) };
    const given = planCreditsOf(invoice(line({ amountMinor: 0, periodEnd: day(8) })), trial);
    expect(given).toMatchObject([{ resourceId: "sub_1:trial", credits: plans.pro.trial_credits }]);
    const after = planCreditsOf(invoice(line({ periodStart: day(8), periodEnd: day(38) })), trial);
    expect(after).toMatchObject([{ credits: plans.pro.credits_per_month }]);
  });

  it("are the difference for the days that are left, after a change in the middle", () => {
    const middle = { isProration: true, periodStart: day(16) };
    expect(
      credits(line({ plan: "basic", amountMinor: -450, ...middle }), line({ amountMinor: 1_450, ...middle })),
    ).toEqual([["in_1", (plans.pro.credits_per_month - plans.basic.credits_per_month) / 2]]);
  });

  it("are less than nothing after a change to a cheaper plan", () => {
    const middle = { isProration: true, periodStart: day(16) };
    expect(
      credits(line({ amountMinor: -1_450, ...middle }), line({ plan: "basic", amountMinor: 450, ...middle })),
    ).toEqual([["in_1", (plans.basic.credits_per_month - plans.pro.credits_per_month) / 2]]);
  });

  it("come from lines of plans alone, when other things are on the invoice", () => {
    expect(credits(line(), line({ plan: null, interval: null, periodStart: day(2) }))).toHaveLength(1);
  });
});
