import { type CatalogueEntry, toPrice } from "./catalogue.ts";
import type { Session, StoredInvoice, StoredSubscription } from "./state.ts";

/** Stored objects as Stripe's API of 2025-03-31 and later writes them. */

export type PriceOf = (priceId: string) => CatalogueEntry;

export function toSubscription(subscription: StoredSubscription, priceOf: PriceOf) {
  const { item, price, period_start, period_end, told_of_trial_end, retry_at, retries, ...rest } = subscription;
  return {
    ...rest,
    object: "subscription",
    currency: priceOf(price).currency,
    start_date: subscription.created,
    cancel_at: subscription.cancel_at_period_end ? period_end : null,
    ended_at: subscription.status === "canceled" ? subscription.canceled_at : null,
    livemode: false,
    items: {
      object: "list",
      has_more: false,
      data: [
        {
          id: item,
          object: "subscription_item",
          subscription: subscription.id,
          quantity: 1,
          price: toPrice(priceOf(price)),
          current_period_start: period_start,
          current_period_end: period_end,
        },
      ],
    },
  };
}

export function toInvoice(invoice: StoredInvoice, subscription: StoredSubscription | undefined, currency: string) {
  const { subscription: subscriptionId, payment_intent, lines, ...rest } = invoice;
  const isPaid = invoice.status === "paid";
  return {
    ...rest,
    object: "invoice",
    currency,
    total: lines.reduce((sum, line) => sum + line.amount, 0),
    amount_paid: isPaid ? invoice.amount_due : 0,
    amount_remaining: isPaid ? 0 : invoice.amount_due,
    livemode: false,
    parent: {
      type: "subscription_details",
      subscription_details: { subscription: subscriptionId, metadata: subscription?.metadata ?? {} },
    },
    payments: {
      object: "list",
      has_more: false,
      data: payment_intent === null ? [] : [toInvoicePayment(invoice.id, payment_intent)],
    },
    lines: {
      object: "list",
      has_more: false,
      data: lines.map((line, index) => ({
        id: `il_${invoice.id}_${index}`,
        object: "line_item",
        amount: line.amount,
        currency,
        period: { start: line.start, end: line.end },
        pricing: { type: "price_details", price_details: { price: line.price } },
        parent: {
          type: "subscription_item_details",
          subscription_item_details: { proration: line.is_proration, subscription: subscriptionId },
        },
      })),
    },
  };
}

export function toInvoicePayment(invoice: string, payment: string) {
  return {
    id: `inpay_${invoice}`,
    object: "invoice_payment",
    invoice,
    status: "paid",
    payment: { type: "payment_intent", payment_intent: payment },
  };
}

export function toSession(session: Session) {
  const { made_metadata, price, trial_days, ...rest } = session;
  return { ...rest, livemode: false };
}
