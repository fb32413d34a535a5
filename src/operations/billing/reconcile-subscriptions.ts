import type { PaymentService } from "../../ports/billing.ts";
import { applyDispute, applyInvoice, applyPack, applyRefund } from "./apply-payments.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { type EventDependencies, handlers, processPaymentEvent } from "./process-payment-event.ts";
import { syncSubscription } from "./sync-subscription.ts";

const batchSize = 100;
const dayMs = 86_400_000;
/** Stripe repeats an event for three days; what it could not deliver by then is found here. */
const lookBackMs = 4 * dayMs;
/** Stripe keeps events this long, and tells which of them nobody took. */
const eventsKeptMs = 30 * dayMs;
/** A dispute takes up to this long until a bank decides, and its end is in the list of when it began. */
const disputeMs = 120 * dayMs;
const cause = "reconcile-subscriptions";

/**
 * Processes the events that Stripe could not deliver. Then it compares with Stripe what no event may have told us:
 * subscriptions, paid invoices, packs, refunds and disputes of the last days, and of all subscriptions that live those that
 * nobody looked at for longest. Repairs what differs, as the event would have. Safe to run twice or late.
 */
export async function reconcileSubscriptions(dependencies: EventDependencies): Promise<{
  events: number;
  compared: number;
  repaired: number;
  granted: number;
  reclaimed: number;
  failed: number;
}> {
  const { payments, clock } = dependencies;
  if (payments === null) return { events: 0, compared: 0, repaired: 0, granted: 0, reclaimed: 0, failed: 0 };
  const now = clock.now();
  const since = new Date(now.getTime() - lookBackMs);
  const events = await compareEach(dependencies, "event", {
    list: async () => {
      const window = { since: new Date(now.getTime() - eventsKeptMs), types: Object.keys(handlers) };
      return (await payments.listUndelivered(window)).toReversed();
    },
    repair: async (event) => Number(await processPaymentEvent(dependencies, payments, event)),
  });
  const subscriptions = await compareEach(dependencies, "subscription", {
    list: () => listSubscriptions(dependencies, payments, since, now),
    repair: (subscription) => repairSubscription(dependencies, subscription),
  });
  const invoices = await compareEach(dependencies, "invoice", {
    list: () => payments.listPaidInvoices({ since }),
    repair: (invoice) => applyInvoice(dependencies, invoice, { cause, eventAt: null }),
  });
  const packs = await compareEach(dependencies, "pack", {
    list: () => payments.listFinishedCheckouts({ since }),
    repair: async (checkout) => Number(await applyPack(dependencies, checkout)),
  });
  // Last, so that nothing is taken back of what was not given yet.
  const refunds = await compareEach(dependencies, "refund", {
    list: () => payments.listRefunds({ since }),
    repair: async ({ chargeId, charge: listed, hasFailed }) => {
      // Where credits may have to be given back, what the list said some time ago is not enough.
      const charge = (hasFailed ? null : listed) ?? (await payments.readCharge(chargeId));
      if (charge === null) return 0;
      return Number((await applyRefund(dependencies, charge, { cause, mayFall: hasFailed })) !== 0);
    },
  });
  const disputes = await compareEach(dependencies, "dispute", {
    list: () => payments.listDisputes({ since: new Date(now.getTime() - disputeMs) }),
    repair: async (dispute) => {
      const charge = dispute.charge ?? (await payments.readCharge(dispute.chargeId));
      return Number((await applyDispute(dependencies, dispute, charge, cause)) !== 0);
    },
  });
  return {
    events: events.repaired,
    compared: subscriptions.compared,
    repaired: subscriptions.repaired,
    granted: invoices.repaired + packs.repaired,
    reclaimed: refunds.repaired + disputes.repaired,
    failed: [events, subscriptions, invoices, packs, refunds, disputes].reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** Compares one thing after the other; what fails is left to the next run, and keeps none of the others from it. */
async function compareEach<T extends { readonly id: string }>(
  { logger }: BillingDependencies,
  what: string,
  { list, repair }: { list: () => Promise<readonly T[]>; repair: (thing: T) => Promise<number> },
): Promise<{ compared: number; repaired: number; failed: number }> {
  let things: readonly T[] = [];
  let repaired = 0;
  let failed = 0;
  try {
    things = await list();
  } catch (error) {
    failed += 1;
    logger.warn({ error, what }, "list not compared with Stripe; the next run will");
  }
  for (const thing of things) {
    try {
      repaired += await repair(thing);
    } catch (error) {
      failed += 1;
      logger.warn({ error, what, id: thing.id }, "not compared with Stripe; the next run will");
    }
  }
  return { compared: things.length, repaired, failed };
}

async function listSubscriptions(
  { subscriptions }: BillingDependencies,
  payments: PaymentService,
  since: Date,
  now: Date,
): Promise<{ readonly id: string }[]> {
  const ids = new Set((await payments.listSubscriptions({ since })).map(({ id }) => id));
  for (const status of ["active", "trialing", "past_due"] as const) {
    const stale = await subscriptions.findUnverified({ status, before: now, limit: batchSize });
    for (const { stripe_subscription_id } of stale) ids.add(stripe_subscription_id);
  }
  return [...ids].map((id) => ({ id }));
}

/** @returns 1 if it differed, else 0 */
async function repairSubscription(
  dependencies: BillingDependencies,
  { id: subscriptionId }: { readonly id: string },
): Promise<number> {
  const before = await dependencies.subscriptions.findByStripeId(subscriptionId);
  const after = await syncSubscription(dependencies, { subscriptionId, cause, eventAt: null, told: null });
  return Number(before?.revision !== after?.revision);
}
