import {
  type BillingInterval,
  billingIntervals,
  creditPackNames,
  creditPacks,
  displayCurrency,
  paidPlans,
  plans,
} from "../../../domain/plans.ts";
import { packPriceSetting, planPriceSetting } from "../../../domain/price-book.ts";

export interface CatalogueEntry {
  readonly id: string;
  readonly title: string;
  readonly amount: number;
  readonly currency: string;
  /** Null: paid once. */
  readonly interval: BillingInterval | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The price that a setting names, or the one that the simulated service has for it. */
function priceOf(setting: string, environment: Environment): string {
  const named = environment[setting]?.split(",")[0]?.trim();
  return named || setting.replace("STRIPE_PRICE_", "price_simulated_").toLowerCase();
}

/** Everything that Muse sells, each with the setting that names its price. */
export function createCatalogue(environment: Environment): { setting: string; entry: CatalogueEntry }[] {
  const sold = paidPlans.flatMap((plan) =>
    billingIntervals.map((interval) => {
      const setting = planPriceSetting(plan, interval);
      const { title, price_minor } = plans[plan];
      const entry = { title: `Muse ${title}`, amount: price_minor?.[interval] ?? 0, interval };
      return { setting, entry: { ...entry, id: priceOf(setting, environment), currency: displayCurrency } };
    }),
  );
  const packs = creditPackNames.map((name) => {
    const setting = packPriceSetting(name);
    const { title, price_minor: amount } = creditPacks[name];
    const entry = { title: `Muse: ${title}`, amount, interval: null };
    return { setting, entry: { ...entry, id: priceOf(setting, environment), currency: displayCurrency } };
  });
  return [...sold, ...packs];
}

/** As Stripe writes a price. */
export function toPrice(entry: CatalogueEntry) {
  return {
    id: entry.id,
    object: "price",
    active: true,
    currency: entry.currency,
    unit_amount: entry.amount,
    product: entry.id.replace("price", "prod"),
    type: entry.interval === null ? "one_time" : "recurring",
    recurring: entry.interval === null ? null : { interval: entry.interval === "yearly" ? "year" : "month" },
    metadata: {},
  };
}
