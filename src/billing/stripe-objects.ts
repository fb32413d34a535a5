import * as z from "zod";
import type { CheckoutFacts, InvoiceFacts, InvoiceLine } from "../domain/payment.ts";
import { usualPeriodMs } from "../domain/plan-credits.ts";
import {
  type BillingInterval,
  type CreditPackName,
  creditPackNames,
  creditPacks,
  type PaidPlan,
  paidPlans,
} from "../domain/plans.ts";
import type { PriceBook } from "../domain/price-book.ts";
import type { SubscriptionFacts } from "../domain/subscription.ts";
import { amount, metadata, named, reference, seconds } from "./stripe-fields.ts";

/**
 * Stripe's objects in Muse's words. Events are in the shape of the API version of their endpoint, which need not be the
 * client's: since 2025-03-31 ("basil") a subscription's period is on its items, an invoice names its subscription under
 * `parent` and its payments under `payments`, a line its price under `pricing`. Both shapes are read.
 */

const priceObject = z.object({
  id: z.string(),
  metadata,
  lookup_key: z.string().nullish(),
  recurring: z.object({ interval: z.string().optional() }).nullish(),
});
/** A price, or its id alone. */
const price = z.preprocess((value) => (typeof value === "string" ? { id: value } : value), priceObject);

const subscriptionItem = z.object({
  id: z.string().optional(),
  price: price.nullish(),
  plan: z.object({ id: z.string(), interval: z.string().optional() }).nullish(),
  current_period_start: seconds,
  current_period_end: seconds,
});
type SubscriptionItem = z.output<typeof subscriptionItem>;

const subscriptionSchema = z.object({
  id: z.string(),
  object: z.literal("subscription").optional(),
  customer: reference,
  status: z.string(),
  metadata,
  items: z.object({ data: z.array(subscriptionItem) }).nullish(),
  plan: z.object({ id: z.string(), interval: z.string().optional() }).nullish(),
  current_period_start: seconds,
  current_period_end: seconds,
  cancel_at_period_end: z.boolean().nullish(),
  cancel_at: seconds,
  canceled_at: seconds,
  ended_at: seconds,
  trial_start: seconds,
  trial_end: seconds,
  created: seconds,
  start_date: seconds,
  latest_invoice: reference,
});

const period = z.object({ start: seconds, end: seconds });
const lineParent = z.object({ subscription: reference, proration: z.boolean().nullish() }).nullish();

const invoiceSchema = z.object({
  id: z.string(),
  object: z.literal("invoice").optional(),
  customer: reference,
  metadata,
  subscription: reference,
  parent: z.object({ subscription_details: z.object({ subscription: reference, metadata }).nullish() }).nullish(),
  subscription_details: z.object({ metadata }).nullish(),
  status: z.string().nullish(),
  paid: z.boolean().nullish(),
  billing_reason: z.string().nullish(),
  amount_paid: amount,
  charge: reference,
  payment_intent: reference,
  payments: z
    .object({
      data: z.array(z.object({ payment: z.object({ payment_intent: reference, charge: reference }).nullish() })),
    })
    .nullish(),
  lines: z
    .object({
      data: z.array(
        z.object({
          amount,
          subscription: reference,
          proration: z.boolean().nullish(),
          period: period.nullish(),
          price: price.nullish(),
          plan: z.object({ id: z.string() }).nullish(),
          pricing: z.object({ price_details: z.object({ price: reference }).nullish() }).nullish(),
          parent: z.object({ subscription_item_details: lineParent, invoice_item_details: lineParent }).nullish(),
        }),
      ),
    })
    .nullish(),
});

const checkoutSchema = z.object({
  id: z.string(),
  object: z.literal("checkout.session").optional(),
  mode: z.string().nullish(),
  payment_status: z.string().nullish(),
  client_reference_id: z.string().nullish(),
  customer: reference,
  subscription: reference,
  invoice: reference,
  payment_intent: reference,
  amount_total: amount,
  metadata,
  line_items: z
    .object({ data: z.array(z.object({ price: price.nullish(), quantity: z.int().positive().nullish() })) })
    .nullish(),
});

const isPaidPlan = (name: string | undefined): name is PaidPlan => paidPlans.some((plan) => plan === name);
const isPack = (name: string | undefined): name is CreditPackName => creditPackNames.some((pack) => pack === name);

const statuses: Readonly<Record<string, SubscriptionFacts["status"]>> = {
  active: "active",
  trialing: "trialing",
  past_due: "past_due",
  // Stripe has stopped to try, or waits for a payment method after a trial.
  unpaid: "expired",
  paused: "expired",
  ended: "expired",
  canceled: "cancelled",
  incomplete: "incomplete",
  incomplete_expired: "incomplete",
};

/** Why a subscription cannot be understood; a setting has to be mended, and the event comes again. */
export class UnknownPrice extends Error {
  override readonly name = "UnknownPrice";
  constructor(priceId: string) {
    super(`no setting STRIPE_PRICE_… names the price ${priceId}`);
  }
}

/** The period that runs; of one that lacks a bound, as long as usual. */
function periodOf(
  whole: z.output<typeof subscriptionSchema>,
  item: SubscriptionItem | undefined,
  interval: BillingInterval,
  beganAt: Date,
): { periodStart: Date; periodEnd: Date } {
  const periodMs = usualPeriodMs[interval];
  const end = item?.current_period_end ?? whole.current_period_end;
  const start = item?.current_period_start ?? whole.current_period_start;
  const periodStart = start ?? (end === null ? beganAt : new Date(end.getTime() - periodMs));
  return { periodStart, periodEnd: end ?? new Date(periodStart.getTime() + periodMs) };
}

/** Readers of Stripe's objects; each gives null for what is something else. */
export function createStripeObjects(prices: PriceBook) {
  function planOf(priceId: string, given: Readonly<Record<string, string>>, interval: string | undefined) {
    const known = prices.planOf(priceId);
    if (known !== null) return known;
    // A price that no setting names (any more) is what the checkout said it is.
    const isYearly = interval === undefined ? given.billing_interval === "yearly" : interval === "year";
    if (isPaidPlan(given.plan)) return { plan: given.plan, interval: isYearly ? "yearly" : "monthly" } as const;
    return null;
  }

  /** The item that is the plan; an operator may have put others beside it. */
  function planItemOf(items: readonly SubscriptionItem[]): SubscriptionItem | undefined {
    return items.find(({ price, plan }) => prices.planOf(price?.id ?? plan?.id ?? "") !== null) ?? items[0];
  }

  return {
    /** @throws UnknownPrice for a subscription of one of our accounts with a price of nobody's */
    subscriptionOf: (object: unknown): SubscriptionFacts | null => {
      const parsed = subscriptionSchema.safeParse(object);
      if (!parsed.success || parsed.data.customer === null) return null;
      const { data } = parsed;
      const item = planItemOf(data.items?.data ?? []);
      const priceId = item?.price?.id ?? item?.plan?.id ?? data.plan?.id ?? "";
      const interval = item?.price?.recurring?.interval ?? item?.plan?.interval ?? data.plan?.interval;
      const plan = planOf(priceId, { ...item?.price?.metadata, ...data.metadata }, interval);
      const userId = data.metadata.user_id ?? null;
      if (plan === null) {
        if (userId !== null) throw new UnknownPrice(priceId);
        return null;
      }
      const createdAt = data.created ?? data.start_date ?? new Date(0);
      return {
        id: data.id,
        customerId: data.customer ?? "",
        userId,
        status: statuses[data.status] ?? "expired",
        itemId: item?.id ?? null,
        priceId,
        ...plan,
        ...periodOf(data, item, plan.interval, data.start_date ?? createdAt),
        // The portal may say when instead of whether.
        cancelAtPeriodEnd: data.cancel_at_period_end === true || data.cancel_at !== null,
        cancelledAt: data.canceled_at ?? data.ended_at,
        trialStart: data.trial_start,
        trialEnd: data.trial_end,
        createdAt,
        latestInvoiceId: data.latest_invoice,
      };
    },

    invoiceOf: (object: unknown): InvoiceFacts | null => {
      const parsed = invoiceSchema.safeParse(object);
      if (!parsed.success) return null;
      const { data } = parsed;
      const details = data.parent?.subscription_details;
      const given = { ...data.metadata, ...data.subscription_details?.metadata, ...details?.metadata };
      const lines = (data.lines?.data ?? []).flatMap((line): InvoiceLine[] => {
        const { start, end } = line.period ?? {};
        if (start == null || end == null) return [];
        const priceId = line.pricing?.price_details?.price ?? line.price?.id ?? line.plan?.id ?? "";
        const known = planOf(priceId, line.price?.metadata ?? {}, line.price?.recurring?.interval);
        const { subscription_item_details: item, invoice_item_details: other } = line.parent ?? {};
        return [
          {
            plan: known?.plan ?? null,
            interval: known?.interval ?? null,
            amountMinor: line.amount,
            isProration: line.proration === true || item?.proration === true || other?.proration === true,
            periodStart: start,
            periodEnd: end,
          },
        ];
      });
      const ofLines = (data.lines?.data ?? []).map(
        ({ subscription, parent }) => parent?.subscription_item_details?.subscription ?? subscription,
      );
      const payments = (data.payments?.data ?? []).flatMap(({ payment }) => [payment?.payment_intent, payment?.charge]);
      return {
        id: data.id,
        customerId: data.customer,
        userId: given.user_id ?? null,
        subscriptionId: details?.subscription ?? data.subscription ?? ofLines.find((id) => id != null) ?? null,
        isPaid: data.status == null ? (data.paid ?? null) : data.status === "paid",
        isFirst: data.billing_reason === "subscription_create",
        amountMinor: data.amount_paid,
        lines,
        sourceIds: named(data.id, data.charge, data.payment_intent, ...payments),
      };
    },

    checkoutOf: (object: unknown): CheckoutFacts | null => {
      const parsed = checkoutSchema.safeParse(object);
      if (!parsed.success) return null;
      const { data } = parsed;
      const credits = Number(data.metadata.credits);
      const bought = (data.line_items?.data ?? []).flatMap((line) => {
        const pack = prices.packOf(line.price?.id ?? "");
        return pack === null ? [] : [{ pack, credits: creditPacks[pack].credits * (line.quantity ?? 1) }];
      });
      const pack = data.metadata.pack ?? bought[0]?.pack;
      const boughtCredits = bought.reduce((sum, each) => sum + each.credits, 0);
      const isSubscription = data.mode === "subscription" || data.subscription !== null;
      return {
        id: data.id,
        kind: isSubscription ? "subscription" : data.mode === "setup" ? "other" : "pack",
        isPaid: data.payment_status === "paid" || data.payment_status === "no_payment_required",
        userId: data.metadata.user_id ?? data.client_reference_id ?? null,
        customerId: data.customer,
        subscriptionId: data.subscription,
        invoiceId: data.invoice,
        packCredits: Number.isSafeInteger(credits) && credits > 0 ? credits : boughtCredits || null,
        pack: isPack(pack) ? pack : null,
        amountMinor: data.amount_total,
        sourceIds: named(data.id, data.payment_intent),
      };
    },
  };
}
