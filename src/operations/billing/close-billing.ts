import { isAlive } from "../../domain/subscription.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";

/**
 * Ends what an account pays for, because the account goes: nobody is charged for an account that does not exist. The
 * customer is deleted at Stripe too, which keeps its invoices as the law asks. Safe to repeat.
 * @returns how many customers were deleted
 * @throws AppError `unavailable` when Stripe cannot be told; the erasure has to come back then
 */
export async function closeBilling(
  { payments, users, subscriptions }: Pick<BillingDependencies, "payments" | "users" | "subscriptions">,
  input: { userId: string },
): Promise<number> {
  if (payments === null) return 0;
  const [user, subscription] = await Promise.all([users.findById(input.userId), subscriptions.find(input.userId)]);
  if (subscription !== null && isAlive(subscription)) {
    await payments.cancelSubscription(subscription.stripe_subscription_id);
  }
  if (user?.stripe_customer_id === undefined) return 0;
  await payments.deleteCustomer(user.stripe_customer_id);
  return 1;
}
