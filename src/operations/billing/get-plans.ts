import {
  type BillingInterval,
  concurrentTurns,
  creditPackNames,
  creditPacks,
  displayCurrency,
  type PaidPlan,
  paidPlans,
  plans,
  rateLimits,
  runningGenerations,
  type SubscriptionTier,
  startingCredits,
  storageLimits,
  subscriptionTiers,
} from "../../domain/plans.ts";
import type { PlansJson } from "../../schemas/billing.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";

/** What can be had, and for how much. */
export function getPlans({ payments, prices }: Pick<BillingDependencies, "payments" | "prices">): PlansJson {
  return {
    data: subscriptionTiers.map((tier) => {
      const { price_minor: amounts, ...plan } = plans[tier];
      const paid = paidPlans.find((name) => name === tier);
      return {
        id: tier,
        ...plan,
        concurrency: { generations: runningGenerations[tier], turns: concurrentTurns[tier] },
        storage: { ...storageLimits[tier] },
        rate_limits: rateLimitsOf(tier),
        prices:
          amounts === null || paid === undefined
            ? null
            : {
                monthly: planPrice(prices, paid, "monthly", amounts.monthly),
                yearly: planPrice(prices, paid, "yearly", amounts.yearly),
              },
      };
    }),
    packs: creditPackNames.map((name) => {
      const { title, credits, price_minor } = creditPacks[name];
      return { id: name, title, credits, price: shown(price_minor, prices.packPrice(name)) };
    }),
    guest_credits: startingCredits.guest,
    is_for_sale: payments !== null,
  };
}

function planPrice(
  prices: BillingDependencies["prices"],
  plan: PaidPlan,
  interval: BillingInterval,
  amountMinor: number,
) {
  return shown(amountMinor, prices.planPrice(plan, interval));
}

function shown(amountMinor: number, priceId: string | null) {
  return { amount_minor: amountMinor, currency: displayCurrency, price_id: priceId };
}

function rateLimitsOf(tier: SubscriptionTier) {
  return Object.fromEntries(
    Object.entries(rateLimits).map(([name, { requests, windowSeconds }]) => [
      name,
      { requests: requests[tier], window_seconds: windowSeconds },
    ]),
  );
}
