import { describe, expect, it } from "vitest";
import { chargeOf } from "../../../src/billing/stripe-charges.ts";
import { createStripeObjects } from "../../../src/billing/stripe-objects.ts";

const objects = createStripeObjects({
  planPrice: () => "price_pro",
  packPrice: () => null,
  planOf: (priceId) => (priceId === "price_pro" ? { plan: "pro", interval: "monthly" } : null),
  packOf: (priceId) => (priceId === "price_small" ? "small" : null),
});
const start = 1_790_000_000;
const end = start + 30 * 86_400;
const date = (seconds: number) => new Date(seconds * 1_000);

describe("a subscription", () => {
  const told = { id: "sub_1", customer: "cus_1", status: "active" };
  const period = { periodStart: date(start), periodEnd: date(end) };

  it.each([
    [
      "with its period on its item",
      { price: { id: "price_pro" }, current_period_start: start, current_period_end: end },
      {},
    ],
    [
      "with its period on itself",
      { price: { id: "price_pro" } },
      { current_period_start: start, current_period_end: end },
    ],
    ["with the end of its period alone", { price: { id: "price_pro" } }, { current_period_end: end }],
    ["with its start alone", { price: "price_pro" }, { start_date: start }],
    [
      "with a plan instead of a price",
      { plan: { id: "price_pro" } },
      { current_period_start: start, current_period_end: end },
    ],
  ])("%s is understood", (_name, item, more) => {
    expect(objects.subscriptionOf({ ...told, ...more, items: { data: [item] } })).toMatchObject({
      plan: "pro",
      ...period,
    });
  });

  it("with a price of nobody's is none of ours, unless it names an account", () => {
    const other = { ...told, items: { data: [{ price: { id: "price_other" } }] } };
    expect(objects.subscriptionOf(other)).toBeNull();
    expect(() => objects.subscriptionOf({ ...other, metadata: { user_id: "user_1" } })).toThrow("price_other");
  });
});

describe("an invoice", () => {
  const line = { period: { start, end } };

  it.each([
    ["itself", { subscription: "sub_1", lines: { data: [{ ...line, price: { id: "price_pro" } }] } }],
    [
      "its parent",
      {
        parent: { subscription_details: { subscription: "sub_1" } },
        lines: { data: [{ ...line, pricing: { price_details: { price: "price_pro" } } }] },
      },
    ],
    ["an old line", { lines: { data: [{ ...line, subscription: "sub_1", price: "price_pro" }] } }],
    [
      "a new line",
      {
        lines: {
          data: [
            { ...line, plan: { id: "price_pro" }, parent: { subscription_item_details: { subscription: "sub_1" } } },
          ],
        },
      },
    ],
  ])("has its subscription and plan when %s says them", (_name, said) => {
    expect(objects.invoiceOf({ id: "in_1", customer: "cus_1", ...said })).toMatchObject({
      subscriptionId: "sub_1",
      lines: [{ plan: "pro", periodStart: date(start), periodEnd: date(end) }],
    });
  });

  it.each([
    [{}, null],
    [{ paid: true }, true],
    [{ paid: false }, false],
    [{ status: "paid" }, true],
    [{ status: "open", paid: true }, false],
  ])("that says %o is paid: %s", (said, isPaid) => {
    expect(objects.invoiceOf({ id: "in_1", ...said })?.isPaid).toBe(isPaid);
  });
});

describe("what was refunded of a charge", () => {
  const charge = { id: "ch_1", object: "charge", amount: 900, amount_refunded: 600 };
  const listed = (refunds: readonly (readonly [number, string | null])[], more: object = {}) => ({
    refunds: {
      object: "list",
      data: refunds.map(([amount, status]) => ({ amount, status })),
      has_more: false,
      ...more,
    },
  });

  it.each([
    ["its own sum", {}, 600],
    ["all of it when it says so", { refunded: true }, 900],
    ["its own sum while none failed", listed([[300, "succeeded"]]), 600],
    ["its own sum where the list is empty", listed([]), 600],
    [
      "without those that failed or were cancelled",
      listed([
        [300, "failed"],
        [200, "canceled"],
        [100, "pending"],
      ]),
      100,
    ],
    ["nothing when all failed, whatever it says itself", { ...listed([[900, "failed"]]), refunded: true }, 0],
    [
      "no more than its own sum",
      listed([
        [300, "failed"],
        [900, null],
      ]),
      600,
    ],
    ["its own sum where not all are listed", listed([[300, "failed"]], { has_more: true }), 600],
    ["its own sum where the list cannot be read", { refunds: { data: "nothing" } }, 600],
  ])("is %s", (_name, more, refundedMinor) => {
    expect(chargeOf({ ...charge, ...more })?.refundedMinor).toBe(refundedMinor);
  });
});
