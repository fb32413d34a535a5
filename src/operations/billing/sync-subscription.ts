import { nextMonth } from "../../domain/allowance.ts";
import { auditExpiry } from "../../domain/audit.ts";
import { AppError } from "../../domain/errors.ts";
import { plans } from "../../domain/plans.ts";
import {
  expiryOf,
  factsOf,
  isAlive,
  isChange,
  type Subscription,
  type SubscriptionFacts,
  type SubscriptionStatus,
  tierOf,
  withFacts,
} from "../../domain/subscription.ts";
import type { User } from "../../domain/user.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";

/** How often it is tried again when another instance wrote in between; of several at once, one is done each time. */
const maxTries = 20;

export interface SyncInput {
  readonly subscriptionId: string;
  /** An event's type or a timer's name, for the audit log. */
  readonly cause: string;
  /** When it happened by Stripe's clock; null: nothing happened, we just look. */
  readonly eventAt: Date | null;
  /** What an event said, for a subscription that Stripe cannot show (any more). */
  readonly told: SubscriptionFacts | null;
  /** Whose it is by the checkout that made it, should it not say so itself. */
  readonly ownerId?: string;
  /** The invoice whose payment failed. */
  readonly failedInvoiceId?: string;
  /** Whether an event said that it was paid for. */
  readonly isPaid?: boolean;
}

/**
 * Brings the account's subscription to what Stripe says of it now, so events may come late, twice or in any order.
 *
 * The document is read before Stripe is asked, and written only if nobody wrote it since: what is stored was read later
 * than whatever was stored before, without a look at any clock.
 * @returns the account's subscription, or null when it belongs to no account or has not begun
 */
export async function syncSubscription(
  dependencies: BillingDependencies,
  input: SyncInput,
): Promise<Subscription | null> {
  const { subscriptions } = dependencies;
  let known = await subscriptions.findByStripeId(input.subscriptionId);
  let userId = known?.user_id;
  for (let tried = 0; tried < maxTries; tried += 1) {
    if (userId !== undefined) known = await subscriptions.find(userId);
    const read = await readFacts(dependencies, input, known);
    if (read === null) return known;
    const user = await findOwner(dependencies, read.facts, userId ?? input.ownerId);
    if (user === null) return null;
    if (userId === undefined) {
      userId = user._id;
      // Of an account that had another one before, the document has to be read first.
      if ((await subscriptions.find(userId)) !== null) continue;
    }
    const outcome = await write(dependencies, input, { known, user, ...read });
    if (outcome !== "again") return outcome;
  }
  throw new AppError("unavailable", { detail: "The subscription changes too fast.", isRetryable: true });
}

interface Read {
  readonly facts: SubscriptionFacts;
  /** Whether this is what Stripe says now, and not what an event said once. */
  readonly isCurrent: boolean;
}

async function readFacts(
  { payments }: BillingDependencies,
  input: SyncInput,
  known: Subscription | null,
): Promise<Read | null> {
  const read = (await payments?.readSubscription(input.subscriptionId)) ?? null;
  // What was cancelled never lives again: an answer that shows it alive is older than the event.
  const isStale = input.told?.status === "cancelled" && read !== null && isAlive(read);
  const current = isStale ? input.told : read;
  const facts = current ?? input.told ?? afterPayment(known, input);
  if (facts === null) return null;
  const isCurrent = current !== null;
  const { failedInvoiceId, eventAt } = input;
  if (failedInvoiceId === undefined || facts.status !== "active") return { facts, isCurrent };
  // Stripe tells of the failure before it has written it into the subscription.
  const isLatest = facts.latestInvoiceId === null || facts.latestInvoiceId === failedInvoiceId;
  const isLate = known !== null && isOlder(known, facts, eventAt);
  return { facts: isLatest && eventAt !== null && !isLate ? { ...facts, status: "past_due" } : facts, isCurrent };
}

/** What an event about a payment says of a subscription that Stripe cannot show; null when it changes nothing. */
function afterPayment(known: Subscription | null, input: SyncInput): SubscriptionFacts | null {
  if (known === null || known.stripe_subscription_id !== input.subscriptionId || !isAlive(known)) return null;
  if (input.failedInvoiceId !== undefined) return { ...factsOf(known), status: "past_due" };
  return input.isPaid === true && known.status === "past_due" ? { ...factsOf(known), status: "active" } : null;
}

/** By the account's id in the metadata, else by the customer. A subscription of somebody else's product has no owner. */
async function findOwner(
  { users, billingAccounts }: BillingDependencies,
  facts: SubscriptionFacts,
  knownId: string | undefined,
): Promise<User | null> {
  const userId = knownId ?? facts.userId;
  const named = userId === null ? null : await users.findById(userId);
  const user = named ?? (await billingAccounts.findByCustomer(facts.customerId));
  if (user !== null && user.stripe_customer_id === undefined) {
    await billingAccounts.setCustomer({ userId: user._id, customerId: facts.customerId });
  }
  return user;
}

async function write(
  dependencies: BillingDependencies,
  input: SyncInput,
  { known, user, facts, isCurrent }: Read & { readonly known: Subscription | null; readonly user: User },
): Promise<Subscription | null | "again"> {
  const { subscriptions, ids, clock } = dependencies;
  const { status } = facts;
  if (status === "incomplete") return known;
  if (known !== null && !(await isToBeHeeded(dependencies, known, facts))) return known;
  if (known !== null && isOvertaken(known, facts, input.eventAt, isCurrent)) return known;
  const now = clock.now();
  const next = withFacts(
    known,
    { ...facts, status: status satisfies SubscriptionStatus },
    {
      userId: user._id,
      subscriptionId: ids.next("sub"),
      creditsPerMonth: plans[facts.plan].credits_per_month,
      creditsSpent: user.credits_spent,
      cause: input.cause,
      eventAt: input.eventAt,
      now,
    },
  );
  if (known !== null && saysTheSame(known, next)) {
    const { _id: subscriptionId, revision } = known;
    // Somebody may have written something else since it was read: then it is not the same any more.
    if (!(await subscriptions.markVerified({ subscriptionId, revision, now }))) return "again";
    if (known.is_user_behind === true) await applyToAccount(dependencies, known);
    return known;
  }
  if (!(await subscriptions.save(next))) return "again";
  await applyToAccount(dependencies, next);
  return next;
}

/**
 * Whether more is known than an event says: it is older than another, or would bring back what was cancelled. What Stripe
 * says now counts, unless it is asked because of an event from before the end and still shows it alive.
 */
function isOvertaken(known: Subscription, facts: SubscriptionFacts, eventAt: Date | null, isCurrent: boolean): boolean {
  const isLate = isOlder(known, facts, eventAt);
  const isRevived = known.stripe_subscription_id === facts.id && known.status === "cancelled" && isAlive(facts);
  return isCurrent ? isLate && isRevived : isLate || isRevived;
}

/** Whether an event is older than the newest one of the same subscription. */
function isOlder(known: Subscription, { id }: SubscriptionFacts, eventAt: Date | null): boolean {
  if (known.stripe_subscription_id !== id || known.last_event_at === null) return false;
  return eventAt !== null && known.last_event_at > eventAt;
}

/** Of two subscriptions of one account the living one counts; of two living or two ended ones the newer. */
async function isToBeHeeded(
  { auditLogs, clock, logger }: BillingDependencies,
  known: Subscription,
  facts: SubscriptionFacts,
): Promise<boolean> {
  if (known.stripe_subscription_id === facts.id) return true;
  const isNewer = facts.createdAt > known.subscribed_at;
  if (!isAlive(facts)) return !isAlive(known) && isNewer;
  if (!isAlive(known)) return true;
  const now = clock.now();
  const both = { known: known.stripe_subscription_id, other: facts.id };
  logger.error({ userId: known.user_id, ...both }, "account pays for two subscriptions");
  await auditLogs.record({
    id: `audit_two_${[both.known, both.other].sort().join("_")}`,
    actorId: "stripe",
    action: "subscription.doubled",
    targetId: known.user_id,
    details: both,
    now,
    expiresAt: auditExpiry(now),
  });
  return isNewer;
}

function saysTheSame(one: Subscription, other: Subscription): boolean {
  const said = (subscription: Subscription) => {
    const { revision, verified_at, updated_at, change, is_user_behind, credits_used_this_period, ...rest } =
      subscription;
    return JSON.stringify(Object.entries(rest).sort(([left], [right]) => (left < right ? -1 : 1)));
  };
  return said(one) === said(other);
}

/**
 * Brings the account's document to its subscription and writes the audit log. Each step may be repeated; a crash leaves
 * the subscription marked, and a timer goes on here.
 */
export async function applyToAccount(
  { billingAccounts, subscriptions, auditLogs, clock }: BillingDependencies,
  subscription: Subscription,
): Promise<void> {
  const now = clock.now();
  const { user_id: userId, revision, change } = subscription;
  const tier = tierOf(subscription);
  await billingAccounts.applySubscription({
    userId,
    tier,
    expiresAt: expiryOf(subscription),
    allowanceRenewsAt: tier === "free" ? nextMonth(now) : null,
    revision,
    now,
  });
  if (change !== undefined && isChange(change)) {
    await auditLogs.record({
      id: `audit_${subscription._id}_${revision}`,
      actorId: change.cause.includes(".") ? "stripe" : `timer:${change.cause}`,
      action: `subscription.${change.to.status}`,
      targetId: userId,
      details: { ...change },
      now,
      expiresAt: auditExpiry(now),
    });
  }
  await subscriptions.confirm({ userId, revision });
}
