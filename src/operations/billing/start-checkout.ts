import { AppError, invalidField } from "../../domain/errors.ts";
import { creditPacks, plans } from "../../domain/plans.ts";
import { isAlive, type Subscription } from "../../domain/subscription.ts";
import type { OpenCheckout, Principal, User } from "../../domain/user.ts";
import type { PaymentService } from "../../ports/billing.ts";
import type { Checkout, CheckoutJson, Portal } from "../../schemas/billing.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";
import { syncSubscription } from "./sync-subscription.ts";

type Dependencies = BillingDependencies & {
  readonly publicBaseUrl: string;
  readonly allowedOrigins: readonly string[];
};

/**
 * A page of Stripe's to pay on. An account that has a living subscription is led to confirm the other plan in it: a
 * second subscription is never made here.
 * @param input.requestKey the same for a repeated request, so that Stripe makes one page
 * @throws AppError `forbidden` for guests, `validation_failed` for an address elsewhere, `conflict` for the plan that
 *   the account has, `unavailable` when nothing can be sold
 */
export async function startCheckout(
  dependencies: Dependencies,
  input: { principal: Principal; body: Checkout; requestKey: string },
): Promise<CheckoutJson> {
  const { body, requestKey } = input;
  const payments = requirePayments(dependencies);
  const successUrl = ownUrl(dependencies, "success_url", body.success_url);
  const cancelUrl = ownUrl(dependencies, "cancel_url", body.cancel_url);
  const user = await requireAccount(dependencies, input.principal);
  const { priceId, purchase } = chosen(dependencies, body);
  const subscription =
    purchase.kind === "pack" ? null : await currentSubscription(dependencies, payments, { user, requestKey });
  if (subscription !== null && isAlive(subscription)) {
    const change = await planChange(payments, subscription, priceId);
    const portal = await payments.createPortal({
      customerId: subscription.stripe_customer_id,
      returnUrl: successUrl.replaceAll(sessionPlaceholder, "plan_change"),
      change,
    });
    if (portal === null) throw notForSale("The customer is not known to the payment service any more.");
    return { url: portal.url, kind: "plan_change" };
  }
  // A trial is for those who never had a subscription.
  const offered = purchase.kind === "pack" || subscription === null ? purchase : { ...purchase, trialDays: 0 };
  const session = await withCustomer(dependencies, payments, user, (customerId) =>
    payments.createCheckout({
      customerId,
      userId: user._id,
      priceId,
      purchase: offered,
      successUrl,
      cancelUrl,
      key: `muse-checkout-${user._id}-${requestKey}-${customerId}`,
    }),
  );
  if (purchase.kind !== "pack") {
    const checkout = { id: session.id, request_key: requestKey };
    await closeOtherPage(dependencies, payments, { user, checkout });
  }
  return { url: session.url, kind: "checkout" };
}

/**
 * The account's subscription. Two pages for plans that are both paid would be two: the earlier page is closed, and if it was
 * paid in this moment, what it began counts though no event has told of it yet.
 */
async function currentSubscription(
  dependencies: Dependencies,
  payments: PaymentService,
  { user: { _id: userId, open_checkout: earlier }, requestKey }: { readonly user: User; readonly requestKey: string },
): Promise<Subscription | null> {
  const known = await dependencies.subscriptions.find(userId);
  // A repeated request gets its own page again, so that one stays.
  if (earlier === undefined || earlier.request_key === requestKey || (known !== null && isAlive(known))) return known;
  const { id: earlierId } = earlier;
  try {
    if (await payments.expireCheckout(earlierId)) return known;
    const subscriptionId = (await payments.readCheckout(earlierId))?.subscriptionId ?? null;
    if (subscriptionId === null || subscriptionId === known?.stripe_subscription_id) return known;
    const input = { subscriptionId, cause: "checkout.session.completed", eventAt: null, told: null, ownerId: userId };
    return (await syncSubscription(dependencies, input)) ?? known;
  } catch (error) {
    dependencies.logger.warn({ error, userId, checkoutId: earlierId }, "earlier checkout stays open");
    return known;
  }
}

/** Closes the page that somebody opened at the same time. One that was paid by then shows in the audit log. */
async function closeOtherPage(
  { billingAccounts, logger }: Dependencies,
  payments: PaymentService,
  { user, checkout }: { readonly user: User; readonly checkout: OpenCheckout },
): Promise<void> {
  const { _id: userId, open_checkout: earlier } = user;
  const other = await billingAccounts.replaceCheckout({ userId, checkout });
  if (other === null || other.id === checkout.id || other.id === earlier?.id) return;
  try {
    await payments.expireCheckout(other.id);
  } catch (error) {
    logger.warn({ error, userId, checkoutId: other.id }, "other checkout stays open");
  }
}

/**
 * A page of Stripe's to manage subscription, cards and invoices on.
 * @throws AppError `forbidden` for guests, `validation_failed` for an address elsewhere, `unavailable`
 */
export async function openPortal(
  dependencies: Dependencies,
  input: { principal: Principal; body: Portal },
): Promise<{ url: string }> {
  const payments = requirePayments(dependencies);
  const { return_url: wanted = `${dependencies.publicBaseUrl}/api/app` } = input.body;
  const returnUrl = ownUrl(dependencies, "return_url", wanted);
  const user = await requireAccount(dependencies, input.principal);
  return withCustomer(dependencies, payments, user, (customerId) => payments.createPortal({ customerId, returnUrl }));
}

const notForSale = (detail: string) => new AppError("unavailable", { detail });

function requirePayments({ payments }: BillingDependencies): PaymentService {
  if (payments === null) throw notForSale("This deployment cannot take payments: no payment service is configured.");
  return payments;
}

/** Stripe puts the id of the checkout in its place. */
const sessionPlaceholder = "{CHECKOUT_SESSION_ID}";

/** An address that the browser may come back to: on one of our own origins, so that nobody is led elsewhere by our name. */
function ownUrl({ publicBaseUrl, allowedOrigins }: Dependencies, field: string, value: string): string {
  const url = new URL(value);
  const origins = [publicBaseUrl, ...allowedOrigins].filter((origin) => URL.canParse(origin)).map(originOf);
  if (!origins.includes(url.origin) || url.username !== "" || url.password !== "") {
    throw invalidField(field, "must be on this service or on one of its allowed origins");
  }
  // As the parser understood it, so that another parser cannot understand it otherwise; only Stripe's placeholder stays.
  return url.href.replaceAll("%7BCHECKOUT_SESSION_ID%7D", sessionPlaceholder);
}

const originOf = (address: string) => new URL(address).origin;

async function requireAccount({ users }: BillingDependencies, principal: Principal): Promise<User> {
  if (principal.isGuest) {
    throw new AppError("forbidden", { detail: "Guests cannot pay. Register first: everything stays yours." });
  }
  const user = await users.findById(principal.userId);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  return user;
}

function chosen({ prices }: BillingDependencies, { plan, pack, billing_interval: interval = "monthly" }: Checkout) {
  if (pack !== undefined) {
    const priceId = prices.packPrice(pack);
    if (priceId === null) throw notForSale("This pack is not for sale at the moment.");
    return { priceId, purchase: { kind: "pack", pack, credits: creditPacks[pack].credits } as const };
  }
  if (plan === undefined) throw invalidField("plan", "is missing");
  const priceId = prices.planPrice(plan, interval);
  if (priceId === null) throw notForSale("This plan is not for sale at the moment.");
  const { trial_days: trialDays } = plans[plan];
  return { priceId, purchase: { kind: "subscription", plan, interval, trialDays } as const };
}

async function planChange(payments: PaymentService, subscription: Subscription, priceId: string) {
  const facts = await payments.readSubscription(subscription.stripe_subscription_id);
  if ((facts?.priceId ?? subscription.stripe_price_id) === priceId) {
    throw new AppError("conflict", {
      detail: "You have this plan already. POST /v1/billing/portal opens the page that manages it.",
    });
  }
  if (facts?.itemId == null) {
    throw new AppError("conflict", {
      detail: "You have a subscription already. POST /v1/billing/portal opens the page that changes it.",
    });
  }
  return { subscriptionId: facts.id, itemId: facts.itemId, priceId };
}

/** Runs `action` for the account's customer; makes one if it has none, or if Stripe does not know it any more. */
async function withCustomer<R>(
  { billingAccounts, logger }: BillingDependencies,
  payments: PaymentService,
  user: User,
  action: (customerId: string) => Promise<R | null>,
): Promise<R> {
  const known = user.stripe_customer_id;
  if (known !== undefined) {
    const result = await action(known);
    if (result !== null) return result;
    logger.warn({ userId: user._id }, "customer is gone at Stripe; another one is made");
  }
  const created = await payments.createCustomer({
    userId: user._id,
    email: user.email ?? null,
    name: user.full_name,
    // One customer an account, however many requests ask at once.
    key: `muse-customer-${user._id}${known === undefined ? "" : `-after-${known}`}`,
  });
  const customerId = await billingAccounts.setCustomer({ userId: user._id, customerId: created, instead: known });
  const result = customerId === null ? null : await action(customerId);
  if (result === null) throw notForSale("The payment service does not know what was asked of it.");
  return result;
}
