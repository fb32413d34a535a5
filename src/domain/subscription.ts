import type { BillingInterval, PaidPlan, SubscriptionTier } from "./plans.ts";

export const subscriptionStatuses = ["active", "cancelled", "past_due", "expired", "trialing"] as const;
export type SubscriptionStatus = (typeof subscriptionStatuses)[number];

/** A document of `subscriptions`: one an account, about its newest subscription at Stripe. Dates are Stripe's. */
export interface Subscription {
  readonly _id: string;
  readonly user_id: string;
  readonly plan: PaidPlan;
  readonly status: SubscriptionStatus;
  readonly stripe_subscription_id: string;
  readonly stripe_customer_id: string;
  readonly stripe_price_id: string;
  readonly billing_interval: BillingInterval;
  readonly credits_per_month: number;
  /** What the account had spent in all when the period began; the rest of what it spent is this period's. */
  readonly credits_spent_before_period: number;
  readonly credits_used_this_period: number;
  readonly current_period_start: Date;
  readonly current_period_end: Date;
  readonly cancel_at_period_end: boolean;
  readonly cancelled_at: Date | null;
  readonly trial_start: Date | null;
  readonly trial_end: Date | null;
  /** When a payment failed first, until one succeeds. */
  readonly past_due_since: Date | null;
  /** Time of the newest event that was heeded, by Stripe's clock. */
  readonly last_event_at: Date | null;
  /** When the subscription was made at Stripe: of two that an account has, the newer one counts. */
  readonly subscribed_at: Date;
  /** When it was compared with Stripe last, by our clock. */
  readonly verified_at: Date;
  /** Raised by every change; a change holds only if nobody else changed it since it was read. */
  readonly revision: number;
  /** Set with every change until the account's document agrees and the audit log has it. */
  readonly is_user_behind?: true;
  /** The change that the audit log is to show, while `is_user_behind`. */
  readonly change?: SubscriptionChange;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface SubscriptionChange {
  /** Who found out: an event's type, or a timer's name. */
  readonly cause: string;
  readonly from: SubscriptionState | null;
  readonly to: SubscriptionState;
}

export interface SubscriptionState {
  readonly plan: PaidPlan;
  readonly status: SubscriptionStatus;
  readonly cancel_at_period_end: boolean;
}

/** What Stripe says of a subscription, in Muse's words. */
export interface SubscriptionFacts {
  readonly id: string;
  readonly customerId: string;
  /** Written into its metadata at the checkout. */
  readonly userId: string | null;
  /** `incomplete`: the first payment was not made (yet), so it has not begun. */
  readonly status: SubscriptionStatus | "incomplete";
  readonly itemId: string | null;
  readonly priceId: string;
  readonly plan: PaidPlan;
  readonly interval: BillingInterval;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelledAt: Date | null;
  readonly trialStart: Date | null;
  readonly trialEnd: Date | null;
  readonly createdAt: Date;
  readonly latestInvoiceId: string | null;
}

const dayMs = 86_400_000;
/** How long a plan outlives a payment that failed, while Stripe tries again. */
export const graceMs = 7 * dayMs;
/** A period that ended at Stripe is followed by the next at once; this much may pass until we read of it. */
const renewalSlackMs = 3_600_000;
/** How long a plan outlives its period while Stripe cannot be asked. */
const silenceMs = 3 * dayMs;

const livingStatuses: readonly SubscriptionStatus[] = ["active", "trialing", "past_due"];

/** Whether the plan is to be had now. */
export function isAlive({ status }: { readonly status: SubscriptionStatus | "incomplete" }): boolean {
  return status !== "incomplete" && livingStatuses.includes(status);
}

/** What the account may use. */
export function tierOf(subscription: Pick<Subscription, "plan" | "status">): SubscriptionTier {
  return isAlive(subscription) ? subscription.plan : "free";
}

/** When the plan ends unless somebody pays; null when it has ended. */
export function expiryOf(
  subscription: Pick<Subscription, "status" | "current_period_end" | "past_due_since">,
): Date | null {
  if (!isAlive(subscription)) return null;
  const { past_due_since: since, status } = subscription;
  return status === "past_due" && since !== null
    ? new Date(since.getTime() + graceMs)
    : subscription.current_period_end;
}

/**
 * Whether a plan has run out though nobody said so: its grace is over, or its period ended and no other followed.
 * @param isConfirmed whether Stripe was asked just now and still knows of no further period
 */
export function hasRunOut(
  subscription: Pick<Subscription, "status" | "current_period_end" | "past_due_since" | "cancel_at_period_end">,
  now: Date,
  isConfirmed: boolean,
): boolean {
  if (!isAlive(subscription)) return false;
  const expiry = expiryOf(subscription)?.getTime() ?? 0;
  if (subscription.status === "past_due" || subscription.cancel_at_period_end) return now.getTime() >= expiry;
  return now.getTime() >= expiry + (isConfirmed ? renewalSlackMs : silenceMs);
}

export function stateOf(subscription: Subscription): SubscriptionState {
  const { plan, status, cancel_at_period_end } = subscription;
  return { plan, status, cancel_at_period_end };
}

/**
 * The document after what Stripe said.
 * @param current null: the account never had a subscription
 * @param creditsSpent by the account so far, all in all
 */
export function withFacts(
  current: Subscription | null,
  facts: SubscriptionFacts & { readonly status: SubscriptionStatus },
  input: {
    readonly userId: string;
    readonly subscriptionId: string;
    readonly creditsPerMonth: number;
    readonly creditsSpent: number;
    readonly cause: string;
    readonly eventAt: Date | null;
    readonly now: Date;
  },
): Subscription {
  const { now } = input;
  const same = current?.stripe_subscription_id === facts.id ? current : null;
  const pastDueSince = facts.status === "past_due" ? (same?.past_due_since ?? input.eventAt ?? now) : null;
  const isSamePeriod = same?.current_period_start.getTime() === facts.periodStart.getTime();
  const spentBefore = isSamePeriod && same !== null ? same.credits_spent_before_period : input.creditsSpent;
  const next = {
    _id: current?._id ?? input.subscriptionId,
    user_id: input.userId,
    plan: facts.plan,
    status: facts.status,
    stripe_subscription_id: facts.id,
    stripe_customer_id: facts.customerId,
    stripe_price_id: facts.priceId,
    billing_interval: facts.interval,
    credits_per_month: input.creditsPerMonth,
    credits_spent_before_period: spentBefore,
    credits_used_this_period: input.creditsSpent - spentBefore,
    current_period_start: facts.periodStart,
    current_period_end: facts.periodEnd,
    cancel_at_period_end: facts.cancelAtPeriodEnd,
    cancelled_at: facts.cancelledAt,
    trial_start: facts.trialStart,
    trial_end: facts.trialEnd,
    past_due_since: pastDueSince,
    last_event_at: latest(same?.last_event_at ?? null, input.eventAt),
    subscribed_at: facts.createdAt,
    verified_at: now,
    revision: (current?.revision ?? 0) + 1,
    is_user_behind: true,
    created_at: current?.created_at ?? now,
    updated_at: now,
  } as const;
  // Stripe goes on calling it past due; for us it has ended when the grace is over.
  const isOver = next.status === "past_due" && hasRunOut(next, now, true);
  return withChange(current, isOver ? { ...next, status: "expired" } : next, input.cause);
}

/** What the document says, as Stripe would. */
export function factsOf(subscription: Subscription): SubscriptionFacts {
  return {
    id: subscription.stripe_subscription_id,
    customerId: subscription.stripe_customer_id,
    userId: subscription.user_id,
    status: subscription.status,
    itemId: null,
    priceId: subscription.stripe_price_id,
    plan: subscription.plan,
    interval: subscription.billing_interval,
    periodStart: subscription.current_period_start,
    periodEnd: subscription.current_period_end,
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    cancelledAt: subscription.cancelled_at,
    trialStart: subscription.trial_start,
    trialEnd: subscription.trial_end,
    createdAt: subscription.subscribed_at,
    latestInvoiceId: null,
  };
}

/** The document after its plan ran out. */
export function asExpired(current: Subscription, input: { readonly cause: string; readonly now: Date }): Subscription {
  return withChange(
    current,
    {
      ...current,
      status: "expired",
      revision: current.revision + 1,
      is_user_behind: true,
      updated_at: input.now,
    },
    input.cause,
  );
}

function withChange(current: Subscription | null, next: Subscription, cause: string): Subscription {
  const from = current === null ? null : stateOf(current);
  const to = stateOf(next);
  // An earlier change that the audit log has not got yet would be lost; its beginning is kept.
  const since = current?.is_user_behind === true && current.change !== undefined ? current.change.from : from;
  return { ...next, change: { cause, from: since, to } };
}

/** Whether anything changed of what an account sees. */
export function isChange({ from, to }: SubscriptionChange): boolean {
  return from?.plan !== to.plan || from.status !== to.status || from.cancel_at_period_end !== to.cancel_at_period_end;
}

function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
