import { AppError } from "../../domain/errors.ts";
import { plans } from "../../domain/plans.ts";
import { expiryOf, type Subscription, tierOf } from "../../domain/subscription.ts";
import type { User } from "../../domain/user.ts";
import type { SubscriptionJson } from "../../schemas/billing.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";

/** The account's plan: its subscription, or the free plan. */
export async function getSubscription(
  { users, subscriptions }: Pick<BillingDependencies, "users" | "subscriptions">,
  input: { userId: string },
): Promise<SubscriptionJson> {
  // The account's document follows its subscription's, so it is read after it: neither is older than the other says.
  const subscription = await subscriptions.find(input.userId);
  const user = await users.findById(input.userId);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  return subscription === null ? freePlan(user) : toSubscriptionJson(subscription, user);
}

function freePlan(user: User): SubscriptionJson {
  return {
    id: null,
    plan: user.subscription_tier,
    tier: user.subscription_tier,
    status: "active",
    billing_interval: null,
    stripe_subscription_id: null,
    credits_per_month: user.auth_provider === "guest" ? 0 : plans[user.subscription_tier].credits_per_month,
    credits_used_this_period: user.credits_spent,
    current_period_start: null,
    current_period_end: user.allowance_renews_at?.toISOString() ?? null,
    cancel_at_period_end: false,
    cancelled_at: null,
    trial_start: null,
    trial_end: null,
    grace_ends_at: null,
  };
}

function toSubscriptionJson(subscription: Subscription, user: User): SubscriptionJson {
  return {
    id: subscription._id,
    plan: subscription.plan,
    tier: subscription.is_user_behind === true ? tierOf(subscription) : user.subscription_tier,
    status: subscription.status,
    billing_interval: subscription.billing_interval,
    stripe_subscription_id: subscription.stripe_subscription_id,
    credits_per_month: subscription.credits_per_month,
    credits_used_this_period: Math.max(0, user.credits_spent - subscription.credits_spent_before_period),
    current_period_start: subscription.current_period_start.toISOString(),
    current_period_end: subscription.current_period_end.toISOString(),
    cancel_at_period_end: subscription.cancel_at_period_end,
    cancelled_at: subscription.cancelled_at?.toISOString() ?? null,
    trial_start: subscription.trial_start?.toISOString() ?? null,
    trial_end: subscription.trial_end?.toISOString() ?? null,
    grace_ends_at: subscription.status === "past_due" ? (expiryOf(subscription)?.toISOString() ?? null) : null,
  };
}
