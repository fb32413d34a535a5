import {
  type BillingInterval,
  billingIntervals,
  type CreditPackName,
  creditPackNames,
  type PaidPlan,
  paidPlans,
} from "./plans.ts";

/** Which price at Stripe stands for what. */
export interface PriceBook {
  planPrice(plan: PaidPlan, interval: BillingInterval): string | null;
  packPrice(pack: CreditPackName): string | null;
  /** What a price stands for; null when it is none of ours. */
  planOf(priceId: string): { readonly plan: PaidPlan; readonly interval: BillingInterval } | null;
  packOf(priceId: string): CreditPackName | null;
}

export type PlanPriceSetting = `STRIPE_PRICE_${Uppercase<PaidPlan>}_${Uppercase<BillingInterval>}`;
export type PackPriceSetting = `STRIPE_PRICE_PACK_${Uppercase<CreditPackName>}`;

const upperCase = <T extends string>(text: T) => text.toUpperCase() as Uppercase<T>;

export function planPriceSetting(plan: PaidPlan, interval: BillingInterval): PlanPriceSetting {
  return `STRIPE_PRICE_${upperCase(plan)}_${upperCase(interval)}`;
}

export function packPriceSetting(pack: CreditPackName): PackPriceSetting {
  return `STRIPE_PRICE_PACK_${upperCase(pack)}`;
}

/** Each setting may name several prices, the one for new customers first: an old price still stands for its plan. */
export function createPriceBook(
  settings: Readonly<Partial<Record<PlanPriceSetting | PackPriceSetting, readonly string[]>>>,
): PriceBook {
  const plans = new Map<string, { plan: PaidPlan; interval: BillingInterval }>();
  for (const plan of paidPlans) {
    for (const interval of billingIntervals) {
      for (const price of settings[planPriceSetting(plan, interval)] ?? []) plans.set(price, { plan, interval });
    }
  }
  return {
    planPrice: (plan, interval) => settings[planPriceSetting(plan, interval)]?.[0] ?? null,
    packPrice: (pack) => settings[packPriceSetting(pack)]?.[0] ?? null,
    planOf: (priceId) => plans.get(priceId) ?? null,
    packOf: (priceId) =>
      creditPackNames.find((pack) => settings[packPriceSetting(pack)]?.includes(priceId) === true) ?? null,
  };
}
