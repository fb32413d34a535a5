import { asExpired, hasRunOut, type Subscription, type SubscriptionStatus } from "../../domain/subscription.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { applyToAccount, syncSubscription } from "./sync-subscription.ts";

const batchSize = 200;
/** A change is brought to the account at once; one that was not after this long was left by a crash. In ms. */
const unconfirmedAfterMs = 30_000;

/**
 * Ends plans whose time is over: cancelled ones, late payments whose grace is over, and periods that no other followed.
 * Stripe is asked first. Also brings accounts to their subscriptions where a crash left them apart. Safe to run twice or late.
 */
export async function expireSubscriptions(
  dependencies: BillingDependencies,
): Promise<{ expired: number; repaired: number; renewed: number; unanswered: number }> {
  const repaired = await repairAccounts(dependencies);
  const outcomes = { expired: 0, renewed: 0, unanswered: 0, kept: 0 };
  for (const status of ["active", "trialing", "past_due"] as const) {
    for (const subscription of await findOver(dependencies, status)) {
      outcomes[await expireIfOver(dependencies, subscription)] += 1;
    }
  }
  const { expired, renewed, unanswered } = outcomes;
  return { expired, repaired, renewed, unanswered };
}

/** A late payment may have begun a new period, whose end is far; its grace is what counts. */
async function findOver({ subscriptions, clock }: BillingDependencies, status: SubscriptionStatus) {
  const now = clock.now();
  const before = status === "past_due" ? new Date(now.getTime() + 400 * 86_400_000) : now;
  const found = await subscriptions.findEnded({ status, before, limit: batchSize });
  return status === "past_due" ? found.filter((subscription) => hasRunOut(subscription, now, true)) : found;
}

type Outcome = "expired" | "renewed" | "unanswered" | "kept";

/** @returns what became of it */
export async function expireIfOver(dependencies: BillingDependencies, known: Subscription): Promise<Outcome> {
  const { subscriptions, clock, logger } = dependencies;
  const cause = "expire-subscriptions";
  let isConfirmed = true;
  let subscription: Subscription = known;
  try {
    const input = { subscriptionId: known.stripe_subscription_id, cause, eventAt: null, told: null };
    subscription = (await syncSubscription(dependencies, input)) ?? known;
  } catch (error) {
    isConfirmed = false;
    logger.warn({ error, userId: known.user_id }, "Stripe could not be asked about a subscription that ended");
  }
  if (subscription.stripe_subscription_id !== known.stripe_subscription_id) return "kept";
  if (subscription.status !== known.status) return subscription.status === "active" ? "renewed" : "expired";
  if (!hasRunOut(subscription, clock.now(), isConfirmed)) {
    if (!isConfirmed) return "unanswered";
    return subscription.current_period_end > known.current_period_end ? "renewed" : "kept";
  }
  const expired = asExpired(subscription, { cause, now: clock.now() });
  // Somebody else wrote in between: the next run looks again.
  if (!(await subscriptions.save(expired))) return "kept";
  await applyToAccount(dependencies, expired);
  return "expired";
}

async function repairAccounts(dependencies: BillingDependencies): Promise<number> {
  const { subscriptions, clock } = dependencies;
  const before = new Date(clock.now().getTime() - unconfirmedAfterMs);
  const apart = await subscriptions.findUnconfirmed({ before, limit: batchSize });
  for (const subscription of apart) await applyToAccount(dependencies, subscription);
  return apart.length;
}
