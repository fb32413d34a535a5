import { auditExpiry } from "../../domain/audit.ts";
import { AppError } from "../../domain/errors.ts";
import { type LedgerEntry, ledgerEntry } from "../../domain/ledger.ts";
import type { ChargeFacts, CheckoutFacts, DisputeFacts, InvoiceFacts } from "../../domain/payment.ts";
import { shareOfCredits } from "../../domain/payment.ts";
import { planCreditsOf, usualPeriodMs } from "../../domain/plan-credits.ts";
import { creditPacks } from "../../domain/plans.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { User } from "../../domain/user.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { grantCredits, grantPlanCredits, reclaimCredits } from "./move-credits.ts";
import { syncSubscription } from "./sync-subscription.ts";

interface Cause {
  readonly cause: string;
  readonly eventAt: Date | null;
  /** Whether the event is that of the payment, and not one that led to its invoice. */
  readonly isPayment?: boolean;
}

/**
 * Gives the credits of a paid invoice, once a period.
 * @returns how many grants were new
 */
export async function applyInvoice(
  dependencies: BillingDependencies,
  invoice: InvoiceFacts,
  { cause, eventAt, isPayment = false }: Cause,
): Promise<number> {
  if (invoice.isPaid !== true || invoice.subscriptionId === null) return 0;
  const subscription = await syncSubscription(dependencies, {
    subscriptionId: invoice.subscriptionId,
    cause,
    eventAt,
    told: null,
    isPaid: isPayment,
  });
  const owner = await ownerOf(dependencies, { ...invoice, userId: subscription?.user_id ?? invoice.userId });
  if (owner === null) return 0;
  const facts = await factsFor(dependencies, invoice, subscription);
  let granted = 0;
  for (const { resourceId, credits, description } of planCreditsOf(invoice, facts)) {
    const entry = ledgerEntry({
      userId: owner._id,
      reason: "subscription",
      resourceId,
      amountCredits: credits,
      description,
      payment: { sourceIds: invoice.sourceIds, paidMinor: invoice.amountMinor },
      now: dependencies.clock.now(),
    });
    if (await grantPlanCredits(dependencies, entry)) granted += 1;
  }
  return granted;
}

type Subscribed = Parameters<typeof planCreditsOf>[1];

/**
 * The subscription that an invoice is about. It may be one that another has replaced, or one that nobody told us of yet:
 * what was paid for is given all the same.
 * @throws AppError `unavailable` when neither Stripe nor the invoice says which plan it is; the event comes again then
 */
async function factsFor(
  { payments }: BillingDependencies,
  invoice: InvoiceFacts,
  known: Subscription | null,
): Promise<Subscribed> {
  const id = invoice.subscriptionId ?? "";
  if (known?.stripe_subscription_id === id) {
    return {
      id,
      plan: known.plan,
      interval: known.billing_interval,
      periodStart: known.current_period_start,
      periodEnd: known.current_period_end,
      trialStart: known.trial_start,
      trialEnd: known.trial_end,
    };
  }
  const read = await payments?.readSubscription(id);
  if (read != null) return read;
  const named = invoice.lines.filter(({ plan, interval }) => plan !== null && interval !== null);
  const line = named.find(({ isProration }) => !isProration) ?? named.findLast(({ amountMinor }) => amountMinor > 0);
  if (line === undefined || line.plan === null || line.interval === null) {
    throw new AppError("unavailable", { detail: "The invoice's subscription is not known yet.", isRetryable: true });
  }
  const { plan, interval, periodEnd } = line;
  const periodStart = line.isProration ? new Date(periodEnd.getTime() - usualPeriodMs[interval]) : line.periodStart;
  return { id, plan, interval, periodStart, periodEnd, trialStart: null, trialEnd: null };
}

/** Gives the credits of a pack that was paid for, once a checkout. @returns whether they were given now */
export async function applyPack(dependencies: BillingDependencies, checkout: CheckoutFacts): Promise<boolean> {
  if (checkout.kind !== "pack" || !checkout.isPaid) return false;
  const user = await ownerOf(dependencies, checkout);
  const credits = checkout.packCredits ?? (checkout.pack === null ? null : creditPacks[checkout.pack].credits);
  // A checkout of somebody else's product.
  if (user === null && credits === null) return false;
  if (user === null || credits === null) {
    await reportNotGiven(dependencies, checkout, user);
    return false;
  }
  if (user.stripe_customer_id === undefined && checkout.customerId !== null) {
    await dependencies.billingAccounts.setCustomer({ userId: user._id, customerId: checkout.customerId });
  }
  return grantCredits(
    dependencies,
    ledgerEntry({
      userId: user._id,
      reason: "purchase",
      resourceId: checkout.id,
      amountCredits: credits,
      description: `${credits} credits bought`,
      payment: { sourceIds: checkout.sourceIds, paidMinor: checkout.amountMinor },
      now: dependencies.clock.now(),
    }),
  );
}

/** Somebody paid, and it is not known who or for what: only a person can tell. Audited once a checkout. */
async function reportNotGiven(
  { ledger, auditLogs, clock, logger }: BillingDependencies,
  { id: checkoutId, customerId, amountMinor }: CheckoutFacts,
  user: User | null,
): Promise<void> {
  // It was given to an account that is gone by now.
  if ((await ledger.find({ reason: "purchase", resource_id: checkoutId })) !== null) return;
  const now = clock.now();
  const missing = user === null ? "account" : "pack";
  logger.error({ userId: user?._id, checkoutId, amountMinor, missing }, "checkout was paid, and no credits were given");
  await auditLogs.record({
    id: `audit_not_given_${checkoutId}`,
    actorId: "stripe",
    action: "purchase.not_given",
    targetId: user?._id ?? null,
    details: { checkout: checkoutId, customer: customerId, amount_minor: amountMinor, missing },
    now,
    expiresAt: auditExpiry(now),
  });
}

/**
 * Takes back what a charge gave, as far as it was refunded; gives back what was taken for a refund that failed.
 * @param options.mayFall whether the charge was read just now, and a smaller sum than before is the newer one
 * @returns how the balance changed, in credits
 */
export async function applyRefund(
  dependencies: BillingDependencies,
  charge: ChargeFacts,
  { cause, mayFall = false }: { readonly cause: string; readonly mayFall?: boolean },
): Promise<number> {
  const paid = await creditsOfCharge(dependencies, charge, cause);
  if (paid === null) return 0;
  return reclaimCredits(dependencies, {
    ...paid,
    chargeId: charge.id,
    wanted: {
      reason: "refund",
      credits: shareOfCredits(paid.grantedCredits, charge.refundedMinor, charge.amountMinor),
      mayFall,
    },
  });
}

/**
 * Takes back what a disputed charge gave; gives it back when the dispute was won.
 * @param read null: the charge is not known any more; what the dispute says of it has to do
 * @returns how the balance changed, in credits
 */
export async function applyDispute(
  dependencies: BillingDependencies,
  dispute: DisputeFacts,
  read: ChargeFacts | null,
  cause: string,
): Promise<number> {
  const charge = read ?? chargeOfDispute(dispute);
  const paid = await creditsOfCharge(dependencies, charge, cause);
  if (paid === null) return 0;
  const away = dispute.isMoneyAway ? dispute.amountMinor : 0;
  return reclaimCredits(dependencies, {
    ...paid,
    chargeId: charge.id,
    wanted: {
      reason: "dispute",
      disputeId: dispute.id,
      credits: shareOfCredits(paid.grantedCredits, away, charge.amountMinor),
      isClosed: dispute.isClosed,
    },
  });
}

function chargeOfDispute({ chargeId, paymentId, amountMinor }: DisputeFacts): ChargeFacts {
  return {
    id: chargeId,
    customerId: null,
    paymentId,
    invoiceId: null,
    amountMinor,
    refundedMinor: 0,
    sourceIds: [chargeId, paymentId].filter((id) => id !== null),
  };
}

/**
 * Whom a charge gave how many credits. If they were not given yet, because events come in any order, they are first:
 * else the later event would give what was taken back already.
 */
async function creditsOfCharge(
  dependencies: BillingDependencies,
  charge: ChargeFacts,
  cause: string,
): Promise<{ userId: string; grantedCredits: number } | null> {
  const { ledger, payments, logger } = dependencies;
  let entries = await ledger.findPaid(charge.sourceIds);
  if (entries.length === 0) {
    const paid = charge.paymentId === null ? {} : ((await payments?.findPaid(charge.paymentId)) ?? {});
    const sources = [charge.invoiceId, paid.invoiceId, paid.checkoutId].filter((id) => id != null);
    await applySources(dependencies, sources, cause);
    entries = await ledger.findPaid([...charge.sourceIds, ...sources]);
  }
  if (entries.length === 0) entries = await entriesOfPrice(dependencies, charge);
  const userId = entries[0]?.user_id;
  if (userId === undefined) {
    logger.warn({ chargeId: charge.id }, "charge that gave no credits was taken back");
    return null;
  }
  return { userId, grantedCredits: entries.reduce((sum, entry) => sum + Math.max(0, entry.amount_credits), 0) };
}

async function applySources(dependencies: BillingDependencies, ids: readonly string[], cause: string): Promise<void> {
  const { payments } = dependencies;
  for (const id of ids) {
    const invoice = id.startsWith("cs_") ? null : await payments?.readInvoice(id);
    // What takes the money back tells nothing of the subscription, so it is no event of it.
    if (invoice != null) await applyInvoice(dependencies, invoice, { cause, eventAt: null });
    const checkout = id.startsWith("cs_") ? await payments?.readCheckout(id) : null;
    if (checkout != null) await applyPack(dependencies, checkout);
  }
}

const newestEntries = 50;

/** For a charge that names nothing it paid for: the newest of its customer's purchases at the same price. */
async function entriesOfPrice(dependencies: BillingDependencies, charge: ChargeFacts): Promise<readonly LedgerEntry[]> {
  const user = await ownerOf(dependencies, charge);
  if (user === null) return [];
  const { items } = await dependencies.ledger.list({ userId: user._id, limit: newestEntries });
  const bought = items.find((entry) => entry.paid_minor === charge.amountMinor && entry.amount_credits > 0);
  return bought === undefined ? [] : [bought];
}

async function ownerOf(
  { users, billingAccounts }: BillingDependencies,
  { userId = null, customerId }: { readonly userId?: string | null; readonly customerId: string | null },
): Promise<User | null> {
  const named = userId === null ? null : await users.findById(userId);
  return named ?? (customerId === null ? null : billingAccounts.findByCustomer(customerId));
}
