import { factsOf, isAlive } from "../../domain/subscription.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { syncSubscription } from "./sync-subscription.ts";

/**
 * Ends what an account pays for, because the account goes: nobody is charged for an account that does not exist. Pages that
 * are open to pay on are closed, and the customer is deleted at Stripe too, which keeps its invoices as the law asks.
 * Safe to repeat.
 * @returns how many customers were deleted
 * @throws AppError `unavailable` when Stripe cannot be told; the erasure has to come back then
 */
export async function closeBilling(dependencies: BillingDependencies, input: { userId: string }): Promise<number> {
  const { payments, users, subscriptions, clock } = dependencies;
  if (payments === null) return 0;
  const [user, subscription] = await Promise.all([users.findById(input.userId), subscriptions.find(input.userId)]);
  const customerId = user?.stripe_customer_id;
  const open = customerId === undefined ? [] : await payments.listOpenCheckouts(customerId);
  for (const checkoutId of open) await payments.expireCheckout(checkoutId);
  if (subscription !== null && isAlive(subscription)) {
    const { stripe_subscription_id: subscriptionId } = subscription;
    await payments.cancelSubscription(subscriptionId);
    // The event that tells of it may find nobody any more.
    const told = { ...factsOf(subscription), status: "cancelled", cancelledAt: clock.now() } as const;
    await syncSubscription(dependencies, { subscriptionId, cause: "erase-accounts", eventAt: null, told });
  }
  if (customerId === undefined) return 0;
  await payments.deleteCustomer(customerId);
  return 1;
}
