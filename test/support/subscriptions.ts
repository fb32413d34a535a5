import { type Subscription, type SubscriptionFacts, withFacts } from "../../src/domain/subscription.ts";

/** When the subscription of these tests is looked at. */
export const subscriptionAt = new Date("2026-11-21T12:00:00Z");

const inDays = (days: number) => new Date(subscriptionAt.getTime() + days * 86_400_000);

export const subscriptionFacts: SubscriptionFacts & { status: Subscription["status"] } = {
  id: "sub_1",
  customerId: "cus_1",
  userId: "user_1",
  status: "active",
  itemId: "si_1",
  priceId: "price_1",
  plan: "pro",
  interval: "monthly",
  periodStart: inDays(-10),
  periodEnd: inDays(20),
  cancelAtPeriodEnd: false,
  cancelledAt: null,
  trialStart: null,
  trialEnd: null,
  createdAt: inDays(-10),
  latestInvoiceId: null,
};

/** The document of an account, after it was told these facts. */
export function subscriptionOf(
  changes: Partial<typeof subscriptionFacts> = {},
  current: Subscription | null = null,
  at = subscriptionAt,
): Subscription {
  return withFacts(
    current,
    { ...subscriptionFacts, ...changes },
    {
      userId: "user_1",
      subscriptionId: "sub_a",
      creditsPerMonth: 2_000,
      creditsSpent: 7,
      cause: "test",
      eventAt: at,
      now: at,
    },
  );
}
