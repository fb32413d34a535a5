import { AppError, invalidField } from "../../domain/errors.ts";
import { creditPacks, plans } from "../../domain/plans.ts";
import { isAlive, type Subscription } from "../../domain/subscription.ts";
import type { Principal, User } from "../../domain/user.ts";
import type { PaymentService } from "../../ports/billing.ts";
import type { Checkout, CheckoutJson, Portal } from "../../schemas/billing.ts";
import type { BillingDependencies } from "./billing-dependencies.ts";

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
  const { body } = input;
  const payments = requirePayments(dependencies);
  const successUrl = ownUrl(dependencies, "success_url", body.success_url);
  const cancelUrl = ownUrl(dependencies, "cancel_url", body.cancel_url);
  const user = await requireAccount(dependencies, input.principal);
  const { priceId, purchase } = chosen(dependencies, body);
  const subscription = purchase.kind === "pack" ? null : await dependencies.subscriptions.find(user._id);
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
      key: `muse-checkout-${user._id}-${input.requestKey}-${customerId}`,
    }),
  );
  if (purchase.kind !== "pack") await closeEarlierPage(dependencies, payments, { userId: user._id, ...session });
  return { url: session.url, kind: "checkout" };
}

/** Two pages for plans that are both paid would be two subscriptions. One that was paid before shows in the audit log. */
async function closeEarlierPage(
  { billingAccounts, logger }: Dependencies,
  payments: PaymentService,
  { userId, id: checkoutId }: { readonly userId: string; readonly id: string },
): Promise<void> {
  const before = await billingAccounts.replaceCheckout({ userId, checkoutId });
  if (before === null || before === checkoutId) return;
  try {
    await payments.expireCheckout(before);
  } catch (error) {
    logger.warn({ error, userId, checkoutId: before }, "earlier checkout stays open");
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
