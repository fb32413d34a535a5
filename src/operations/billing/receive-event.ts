import { AppError } from "../../domain/errors.ts";
import type { PaymentEvent, PaymentService } from "../../ports/billing.ts";
import type { WebhookEvents } from "../../ports/webhook-events.ts";
import { applyDispute, applyInvoice, applyPack, applyRefund } from "./apply-payments.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { tellSubscriber } from "./notices.ts";
import { syncSubscription } from "./sync-subscription.ts";

type Dependencies = BillingDependencies & { readonly webhookEvents: WebhookEvents };
type Handler = (dependencies: BillingDependencies, payments: PaymentService, event: PaymentEvent) => Promise<void>;

/** How long one event may take before another delivery of it may try. In ms. */
const lockMs = 30_000;
/** How long a delivery waits for another one of the same event. In ms. */
const patienceMs = 8_000;
const pollMs = 60;
const retentionMs = 30 * 86_400_000;

/**
 * One delivery of the payment service's webhook: its signature is checked, the event is processed once, and what it is
 * about is read from the service, so that the order of events does not matter.
 * @throws AppError `validation_failed` for a bad signature; `internal` when something failed here, so that it is sent again
 */
export async function receiveEvent(
  dependencies: Dependencies,
  input: { body: Uint8Array; signature: string | null },
): Promise<{ received: true }> {
  const { payments, clock, logger } = dependencies;
  if (payments === null) throw new AppError("unavailable", { detail: "No payment service is configured." });
  const event = await payments.verifyEvent({ ...input, now: clock.now() });
  if ("refused" in event) {
    throw new AppError("validation_failed", {
      detail: `The event cannot be believed: ${event.refused}.`,
      errors: [{ path: "stripe-signature", message: event.refused }],
    });
  }
  const handler = Object.hasOwn(handlers, event.type) ? handlers[event.type] : undefined;
  if (handler === undefined) return { received: true };
  try {
    if (!(await mayProcess(dependencies, event))) return { received: true };
    await processOnce(dependencies, event, () => handler(dependencies, payments, event));
  } catch (error) {
    logger.error({ error, eventId: event.id, eventType: event.type }, "event of the payment service failed");
    throw new AppError("internal", { cause: error, detail: "The event could not be processed. Send it again." });
  }
  logger.info({ eventId: event.id, eventType: event.type }, "event of the payment service processed");
  return { received: true };
}

/** @returns false when it was processed. @throws AppError `conflict` when another delivery takes too long with it */
async function mayProcess({ webhookEvents, clock }: Dependencies, event: PaymentEvent): Promise<boolean> {
  const until = clock.now().getTime() + patienceMs;
  for (;;) {
    const now = clock.now();
    const outcome = await webhookEvents.start({
      id: event.id,
      source: "stripe",
      now,
      lockedUntil: new Date(now.getTime() + lockMs),
      expiresAt: new Date(now.getTime() + retentionMs),
    });
    if (outcome !== "running") return outcome === "started";
    // An answer of 200 would be wrong if the other one fails, and the service would never send it again.
    if (now.getTime() > until) throw new AppError("conflict", { detail: "Another delivery is being processed." });
    await clock.sleep(pollMs);
  }
}

async function processOnce({ webhookEvents, logger }: Dependencies, event: PaymentEvent, process: () => Promise<void>) {
  try {
    await process();
  } catch (error) {
    await webhookEvents
      .release(event.id)
      .catch((cause: unknown) =>
        logger.warn({ error: cause, eventId: event.id }, "event not released; its lock will lapse"),
      );
    throw error;
  }
  await webhookEvents.complete(event.id);
}

const syncs: Handler = async (dependencies, payments, event) => {
  const told = payments.subscriptionOf(event.object);
  if (told === null) return;
  await syncSubscription(dependencies, {
    subscriptionId: told.id,
    cause: event.type,
    eventAt: event.createdAt,
    told,
  });
};

const completesCheckout: Handler = async (dependencies, payments, event) => {
  const told = payments.checkoutOf(event.object);
  if (told === null) return;
  const checkout = (await payments.readCheckout(told.id)) ?? told;
  await applyPack(dependencies, checkout);
  if (checkout.subscriptionId === null) return;
  if (checkout.userId !== null && checkout.customerId !== null) {
    // From here on the customer's events find their account.
    await dependencies.billingAccounts.setCustomer({ userId: checkout.userId, customerId: checkout.customerId });
  }
  await syncSubscription(dependencies, {
    subscriptionId: checkout.subscriptionId,
    cause: event.type,
    eventAt: event.createdAt,
    told: null,
  });
};

const grants: Handler = async (dependencies, payments, event) => {
  const told = payments.invoiceOf(event.object);
  if (told === null) return;
  const invoice = (await payments.readInvoice(told.id)) ?? told;
  await applyInvoice(dependencies, invoice, { cause: event.type, eventAt: event.createdAt });
};

const failsPayment: Handler = async (dependencies, payments, event) => {
  const told = payments.invoiceOf(event.object);
  if (told === null || told.subscriptionId === null) return;
  const invoice = (await payments.readInvoice(told.id)) ?? told;
  const subscription = await syncSubscription(dependencies, {
    subscriptionId: told.subscriptionId,
    cause: event.type,
    eventAt: event.createdAt,
    told: null,
    ...(invoice.isPaid || invoice.isFirst ? {} : { failedInvoiceId: invoice.id }),
  });
  if (subscription?.status === "past_due") await tellSubscriber(dependencies, subscription, "payment_failed");
};

const warnsOfTrialEnd: Handler = async (dependencies, payments, event) => {
  const told = payments.subscriptionOf(event.object);
  if (told === null) return;
  const subscription = await syncSubscription(dependencies, {
    subscriptionId: told.id,
    cause: event.type,
    eventAt: event.createdAt,
    told,
  });
  if (subscription?.status === "trialing") await tellSubscriber(dependencies, subscription, "trial_will_end");
};

const refunds: Handler = async (dependencies, payments, event) => {
  const told = payments.chargeOf(event.object);
  if (told === null) return;
  const charge = (await payments.readCharge(told.id)) ?? told;
  await applyRefund(dependencies, charge, { cause: event.type, eventAt: event.createdAt });
};

const disputes: Handler = async (dependencies, payments, event) => {
  const told = payments.disputeOf(event.object);
  if (told === null) return;
  const dispute = (await payments.readDispute(told.id)) ?? told;
  const { chargeId, paymentId, amountMinor } = dispute;
  const charge = (await payments.readCharge(chargeId)) ?? {
    id: chargeId,
    customerId: null,
    paymentId,
    invoiceId: null,
    amountMinor,
    refundedMinor: 0,
    sourceIds: [chargeId, paymentId].filter((id) => id !== null),
  };
  await applyDispute(dependencies, dispute, charge, { cause: event.type, eventAt: event.createdAt });
};

const handlers: Readonly<Record<string, Handler>> = {
  "checkout.session.completed": completesCheckout,
  "checkout.session.async_payment_succeeded": completesCheckout,
  "customer.subscription.created": syncs,
  "customer.subscription.updated": syncs,
  "customer.subscription.deleted": syncs,
  "customer.subscription.paused": syncs,
  "customer.subscription.resumed": syncs,
  "customer.subscription.trial_will_end": warnsOfTrialEnd,
  "invoice.paid": grants,
  "invoice.payment_failed": failsPayment,
  "charge.refunded": refunds,
  "charge.dispute.created": disputes,
  "charge.dispute.closed": disputes,
};
