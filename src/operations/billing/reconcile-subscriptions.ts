import { applyInvoice, applyPack } from "./apply-payments.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { syncSubscription } from "./sync-subscription.ts";

const batchSize = 100;
const dayMs = 86_400_000;
/** Stripe repeats an event for three days; what it could not deliver by then is found here. */
const lookBackMs = 4 * dayMs;

/**
 * Compares with Stripe what no event may have told us: subscriptions, paid invoices and packs of the last days, and of all
 * that live those that nobody looked at for longest. Repairs what differs. Safe to run twice or late.
 */
export async function reconcileSubscriptions(
  dependencies: BillingDependencies,
): Promise<{ compared: number; repaired: number; granted: number; failed: number }> {
  const { payments, subscriptions, clock, logger } = dependencies;
  if (payments === null) return { compared: 0, repaired: 0, granted: 0, failed: 0 };
  const now = clock.now();
  const since = new Date(now.getTime() - lookBackMs);
  const cause = "reconcile-subscriptions";
  const recent = await payments.listSubscriptions({ since });
  const ids = new Set(recent.map(({ id }) => id));
  for (const status of ["active", "trialing", "past_due"] as const) {
    const stale = await subscriptions.findUnverified({ status, before: now, limit: batchSize });
    for (const { stripe_subscription_id } of stale) ids.add(stripe_subscription_id);
  }
  let repaired = 0;
  let failed = 0;
  for (const subscriptionId of ids) {
    try {
      const before = await subscriptions.findByStripeId(subscriptionId);
      const after = await syncSubscription(dependencies, { subscriptionId, cause, eventAt: null, told: null });
      if (before?.revision !== after?.revision) repaired += 1;
    } catch (error) {
      failed += 1;
      logger.warn({ error, subscriptionId }, "subscription not compared; the next run will");
    }
  }
  let granted = 0;
  for (const invoice of await payments.listPaidInvoices({ since })) {
    try {
      granted += await applyInvoice(dependencies, invoice, { cause, eventAt: null });
    } catch (error) {
      failed += 1;
      logger.warn({ error, invoiceId: invoice.id }, "invoice not compared; the next run will");
    }
  }
  for (const checkout of await payments.listFinishedCheckouts({ since })) {
    try {
      if (await applyPack(dependencies, checkout)) granted += 1;
    } catch (error) {
      failed += 1;
      logger.warn({ error, checkoutId: checkout.id }, "pack not compared; the next run will");
    }
  }
  return { compared: ids.size, repaired, granted, failed };
}
