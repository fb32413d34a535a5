import { isAlive } from "../../domain/subscription.ts";
import type { PaymentEvent, PaymentService } from "../../ports/billing.ts";
import type { WebhookEvents } from "../../ports/webhook-events.ts";
import { processEventOnce } from "../process-event.ts";
import { applyDispute, applyInvoice, applyPack, applyRefund } from "./apply-payments.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { tellSubscriber } from "./notices.ts";
import { syncSubscription } from "./sync-subscription.ts";

export type EventDependencies = BillingDependencies & { readonly webhookEvents: WebhookEvents };
type Handler = (dependencies: BillingDependencies, payments: PaymentService, event: PaymentEvent) => Promise<void>;

/**
 * What the event means here, done once, whoever told of it.
 * @returns whether it was done now, and not before; false for what nobody here listens to
 * @throws AppError `unavailable`, and whatever its handler does; it may be told again then
 */
export async function processPaymentEvent(
  dependencies: EventDependencies,
  payments: PaymentService,
  event: PaymentEvent,
): Promise<boolean> {
  const handler = Object.hasOwn(handlers, event.type) ? handlers[event.type] : undefined;
  if (handler === undefined) return false;
  return processEventOnce(dependencies, { id: event.id, source: "stripe" }, () =>
    handler(dependencies, payments, event),
  );
}

const syncs: Handler = async (dependencies, payments, event) => {
  const subscription = await syncTold(dependencies, payments, event);
  if (subscription === null || isAlive(subscription)) return;
  // Whoever had two of them goes on paying for the other one.
  for (const { id } of await payments.listSubscriptions({ customerId: subscription.stripe_customer_id })) {
    if (id === subscription.stripe_subscription_id) continue;
    await syncSubscription(dependencies, { subscriptionId: id, cause: event.type, eventAt: null, told: null });
  }
};

/** The id is enough: an event's object may say less than Stripe does, and be of another version of its API. */
async function syncTold(dependencies: BillingDependencies, payments: PaymentService, event: PaymentEvent) {
  const told = payments.subscriptionOf(event.object);
  const subscriptionId = told?.id ?? idOf(event.object);
  if (subscriptionId === null) return null;
  return syncSubscription(dependencies, { subscriptionId, cause: event.type, eventAt: event.createdAt, told });
}

function idOf(object: unknown): string | null {
  const isNamed = typeof object === "object" && object !== null && "id" in object && typeof object.id === "string";
  return isNamed ? (object.id as string) : null;
}

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
    ...(checkout.userId === null ? {} : { ownerId: checkout.userId }),
  });
  // The event of its invoice may have come before anybody knew whose the customer is.
  const invoice = checkout.invoiceId === null ? null : await payments.readInvoice(checkout.invoiceId);
  if (invoice !== null) await applyInvoice(dependencies, invoice, { cause: event.type, eventAt: event.createdAt });
};

const grants: Handler = async (dependencies, payments, event) => {
  const told = payments.invoiceOf(event.object);
  if (told === null) return;
  const invoice = (await payments.readInvoice(told.id)) ?? told;
  // The event says that it is paid, should the invoice not.
  const paid = { ...invoice, isPaid: invoice.isPaid ?? true };
  await applyInvoice(dependencies, paid, { cause: event.type, eventAt: event.createdAt, isPayment: true });
};

const failsPayment: Handler = async (dependencies, payments, event) => {
  const told = payments.invoiceOf(event.object);
  if (told === null || told.subscriptionId === null) return;
  const invoice = (await payments.readInvoice(told.id)) ?? told;
  // What was paid for by now did not fail; its credits were given for that alone.
  const isPaid = invoice.isPaid || (await dependencies.ledger.findPaid([invoice.id])).length > 0;
  const subscription = await syncSubscription(dependencies, {
    subscriptionId: told.subscriptionId,
    cause: event.type,
    eventAt: event.createdAt,
    told: null,
    ...(isPaid || invoice.isFirst ? {} : { failedInvoiceId: invoice.id }),
  });
  if (subscription?.status === "past_due") await tellSubscriber(dependencies, subscription, "payment_failed");
};

const warnsOfTrialEnd: Handler = async (dependencies, payments, event) => {
  const subscription = await syncTold(dependencies, payments, event);
  if (subscription?.status === "trialing") await tellSubscriber(dependencies, subscription, "trial_will_end");
};

const refunds: Handler = async (dependencies, payments, event) => {
  const told = payments.chargeOf(event.object);
  if (told === null) return;
  const charge = (await payments.readCharge(told.id)) ?? told;
  await applyRefund(dependencies, charge, { cause: event.type });
};

/** A bank may turn a refund down days after it was made: the money is back at Stripe, and the credits are the user's. */
const failsRefund: Handler = async (dependencies, payments, event) => {
  const told = payments.refundOf(event.object);
  if (told === null || !told.hasFailed) return;
  const charge = await payments.readCharge(told.chargeId);
  if (charge !== null) await applyRefund(dependencies, charge, { cause: event.type, mayFall: true });
};

const disputes: Handler = async (dependencies, payments, event) => {
  const told = payments.disputeOf(event.object);
  if (told === null) return;
  const dispute = (await payments.readDispute(told.id)) ?? told;
  const charge = await payments.readCharge(dispute.chargeId);
  await applyDispute(dependencies, dispute, charge, event.type);
};

/** What an endpoint at Stripe has to be told of, by the event's type. */
export const handlers: Readonly<Record<string, Handler>> = {
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
  "charge.refund.updated": failsRefund,
  "refund.updated": failsRefund,
  "refund.failed": failsRefund,
  "charge.dispute.created": disputes,
  "charge.dispute.closed": disputes,
};
