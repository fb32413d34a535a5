import { plans } from "../../domain/plans.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { User } from "../../domain/user.ts";
import { preferencesOf } from "../../domain/user-settings.ts";
import type { CreditAccounts } from "../../ports/billing.ts";
import type { NoticeDependencies } from "./billing-dependencies.ts";

const batchSize = 100;

const day = (date: Date) => date.toISOString().slice(0, 10);

/** Sends a message to an account that has an address and wants messages. @returns whether one was sent */
async function notify(
  { userSettings, mailer }: NoticeDependencies,
  user: User | null,
  message: { readonly subject: string; readonly text: string },
): Promise<boolean> {
  if (user?.email === undefined || !user.is_active) return false;
  const preferences = preferencesOf(await userSettings.find(user._id));
  if (!preferences.email_notifications) return false;
  await mailer.send({ to: user.email, ...message });
  return true;
}

/** A message about a subscription. Never fails: that somebody could not be told must not stop what happened. */
export async function tellSubscriber(
  dependencies: NoticeDependencies,
  subscription: Subscription,
  kind: "trial_will_end" | "payment_failed",
): Promise<void> {
  const { users, publicBaseUrl, logger } = dependencies;
  const { title } = plans[subscription.plan];
  const message =
    kind === "trial_will_end"
      ? {
          subject: `Your trial of ${title} ends soon`,
          text: `Your trial of ${title} ends on ${day(subscription.trial_end ?? subscription.current_period_end)}; the plan is paid for from then on. You can change or cancel it until then:\n${publicBaseUrl}/api/app`,
        }
      : {
          subject: `A payment for ${title} failed`,
          text: `The payment for your plan ${title} did not go through. The plan goes on for a few days while it is tried again. Please look at your card:\n${publicBaseUrl}/api/app`,
        };
  try {
    await notify(dependencies, await users.findById(subscription.user_id), message);
  } catch (error) {
    logger.warn({ error, userId: subscription.user_id, notice: kind }, "subscriber not told");
  }
}

/** Tells owners of low balances, once each. */
export async function warnLowBalances(
  dependencies: NoticeDependencies & { readonly creditAccounts: CreditAccounts },
): Promise<{ warned: number }> {
  const { creditAccounts, publicBaseUrl, logger } = dependencies;
  let warned = 0;
  for (const user of await creditAccounts.findLowBalances({ limit: batchSize })) {
    const dueAt = user.low_balance_due_at;
    if (dueAt === undefined || !(await creditAccounts.takeLowBalanceNotice({ userId: user._id, dueAt }))) continue;
    try {
      const isSent = await notify(dependencies, user, {
        subject: "Your credits are running low",
        text: `${user.credits_remaining} credits are left. More are to be had here:\n${publicBaseUrl}/api/app`,
      });
      if (isSent) warned += 1;
    } catch (error) {
      logger.warn({ error, userId: user._id }, "owner of a low balance not told; the next run will");
      await creditAccounts.returnLowBalanceNotice({ userId: user._id, dueAt });
    }
  }
  return { warned };
}
