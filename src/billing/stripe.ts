import type { Stripe } from "stripe";
import { AppError } from "../domain/errors.ts";
import type { PriceBook } from "../domain/price-book.ts";
import type { PaymentService } from "../ports/billing.ts";
import type { Logger } from "../ports/platform.ts";
import { byCharge, chargeOf, disputeOf, disputeWithChargeOf, refundOf } from "./stripe-charges.ts";
import { connectStripe } from "./stripe-client.ts";
import { eventOf } from "./stripe-events.ts";
import { createStripeObjects, UnknownPrice } from "./stripe-objects.ts";

interface StripeOptions {
  readonly secretKey: string;
  /** Of the webhook, newest first: while one is replaced, events signed with either are good. */
  readonly webhookSecrets: readonly string[];
  /** Address of the API; undefined for Stripe's own. */
  readonly baseUrl?: string | undefined;
  readonly prices: PriceBook;
  readonly logger: Logger;
}

/** How old a signature may be, and how far ahead of our clock, in s. Stripe's own libraries take the same. */
const toleranceSeconds = 300;
/** Most objects that one comparison reads. */
const listLimit = 1_000;
/** The most that Stripe gives at a time. */
const pageSize = 100;

interface StripeFailure extends Error {
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  readonly statusCode?: number;
}

const asFailure = (error: unknown): StripeFailure | null => (error instanceof Error ? error : null);

/**
 * Stripe does not know the thing: it is gone, or it never was.
 * @param param the parameter that names the thing, where a call names several; Stripe says which one it does not know
 */
function isMissing(error: unknown, param?: string): boolean {
  const failure = asFailure(error);
  if (failure?.code !== "resource_missing" && failure?.statusCode !== 404) return false;
  return param === undefined || failure.param === undefined || failure.param === param;
}

/** What was to be expired is not open: Stripe understood the call and refuses it, or does not know the thing. */
const isNotOpen = (error: unknown): boolean => asFailure(error)?.statusCode === 400 || isMissing(error);

/** What the client finds wrong with an answer that came has no type, unlike all that Stripe says. */
const isNoList = (error: unknown): boolean => asFailure(error)?.type === undefined;

/** The payment service behind Stripe's official client, which is loaded with the first call. */
export function createStripePayments(options: StripeOptions): PaymentService {
  const { logger, prices } = options;
  const objects = createStripeObjects(prices);
  let connecting: Promise<Stripe> | undefined;

  /**
   * @param answerOf what a failure says that is an answer too; undefined for one that is none
   * @throws AppError `unavailable`; whatever the client threw is its cause and is logged without the request
   */
  async function call<R, A = never>(
    action: (stripe: Stripe) => Promise<R>,
    answerOf: (error: unknown) => A | undefined = () => undefined,
  ): Promise<R | A> {
    connecting ??= connectStripe(options);
    try {
      return await action(await connecting);
    } catch (error) {
      const answer = answerOf(error);
      if (answer !== undefined) return answer;
      const failure = asFailure(error);
      const { type: kind, code, param, statusCode: status } = failure ?? {};
      logger.warn({ kind, code, param, status }, "call to Stripe failed");
      throw new AppError("unavailable", {
        detail: "The payment service does not answer as it should.",
        retryAfterSeconds: 10,
        isRetryable: true,
        cause: error,
      });
    }
  }

  /** Null for what Stripe does not know; with `param`, only for what that parameter names. */
  function callOrNull<R>(action: (stripe: Stripe) => Promise<R>, param?: string): Promise<R | null> {
    return call(action, (error) => (isMissing(error, param) ? null : undefined));
  }

  async function read<R>(action: (stripe: Stripe) => Promise<unknown>, parse: (object: unknown) => R | null) {
    const object = await callOrNull(action);
    return object === null ? null : parse(object);
  }

  async function collect<R>(items: AsyncIterable<unknown>, parse: (object: unknown) => R | null): Promise<R[]> {
    const found: R[] = [];
    let seen = 0;
    for await (const item of items) {
      seen += 1;
      try {
        const parsed = parse(item);
        if (parsed !== null) found.push(parsed);
      } catch (error) {
        if (!(error instanceof UnknownPrice)) throw error;
        // One that cannot be understood must not keep the others from being compared.
        logger.error({ error }, "subscription at Stripe with a price that no setting names");
      }
      if (seen >= listLimit) break;
    }
    return found;
  }

  /** Everything of a list, page after page up to the limit; nothing from a Stripe that has no such list. */
  function list<R>(
    action: (stripe: Stripe) => AsyncIterable<unknown>,
    parse: (object: unknown) => R | null,
  ): Promise<R[]> {
    return call<R[], R[]>(
      (stripe) => collect(action(stripe), parse),
      (error) => {
        if (isMissing(error)) return [];
        if (!isNoList(error)) return undefined;
        logger.warn({ error }, "Stripe's answer is no list");
        return [];
      },
    );
  }

  return {
    createCustomer: async ({ userId, email, name, key }) => {
      const { id } = await call((stripe) =>
        stripe.customers.create(
          {
            ...(email === null ? {} : { email }),
            ...(name === null ? {} : { name }),
            metadata: { user_id: userId },
          },
          { idempotencyKey: key },
        ),
      );
      return id;
    },

    createCheckout: async ({ customerId, userId, priceId, purchase, successUrl, cancelUrl, key }) => {
      const metadata: Record<string, string> =
        purchase.kind === "pack"
          ? { user_id: userId, pack: purchase.pack, credits: String(purchase.credits) }
          : { user_id: userId, plan: purchase.plan, billing_interval: purchase.interval };
      const session = await callOrNull(
        (stripe) =>
          stripe.checkout.sessions.create(
            {
              customer: customerId,
              client_reference_id: userId,
              line_items: [{ price: priceId, quantity: 1 }],
              success_url: successUrl,
              cancel_url: cancelUrl,
              metadata,
              ...(purchase.kind === "pack"
                ? { mode: "payment", payment_intent_data: { metadata } }
                : {
                    mode: "subscription",
                    subscription_data: {
                      metadata,
                      ...(purchase.trialDays > 0 ? { trial_period_days: purchase.trialDays } : {}),
                    },
                  }),
            },
            { idempotencyKey: key },
          ),
        "customer",
      );
      if (session === null) return null;
      if (session.url === null) throw new AppError("unavailable", { detail: "The payment service gave no page." });
      return { id: session.id, url: session.url };
    },

    expireCheckout: (checkoutId) =>
      call(
        async (stripe) => {
          await stripe.checkout.sessions.expire(checkoutId);
          return true;
        },
        (error) => (isNotOpen(error) ? false : undefined),
      ),

    listOpenCheckouts: (customerId) =>
      list(
        (stripe) => stripe.checkout.sessions.list({ customer: customerId, status: "open", limit: pageSize }),
        (object) => objects.checkoutOf(object)?.id ?? null,
      ),

    createPortal: ({ customerId, returnUrl, change }) =>
      callOrNull(async (stripe) => {
        const { url } = await stripe.billingPortal.sessions.create({
          customer: customerId,
          return_url: returnUrl,
          ...(change === undefined
            ? {}
            : {
                flow_data: {
                  type: "subscription_update_confirm",
                  subscription_update_confirm: {
                    subscription: change.subscriptionId,
                    items: [{ id: change.itemId, price: change.priceId, quantity: 1 }],
                  },
                  after_completion: { type: "redirect", redirect: { return_url: returnUrl } },
                },
              }),
        });
        return { url };
      }, "customer"),

    cancelSubscription: async (subscriptionId) => {
      await callOrNull((stripe) => stripe.subscriptions.cancel(subscriptionId));
    },

    deleteCustomer: async (customerId) => {
      await callOrNull((stripe) => stripe.customers.del(customerId));
    },

    readSubscription: (id) => read((stripe) => stripe.subscriptions.retrieve(id), objects.subscriptionOf),
    readInvoice: (id) => read((stripe) => stripe.invoices.retrieve(id, { expand: ["payments"] }), objects.invoiceOf),
    readCheckout: (id) =>
      read((stripe) => stripe.checkout.sessions.retrieve(id, { expand: ["line_items"] }), objects.checkoutOf),
    readCharge: (id) => read((stripe) => stripe.charges.retrieve(id, { expand: ["refunds"] }), chargeOf),
    readDispute: (id) => read((stripe) => stripe.disputes.retrieve(id), disputeOf),

    findPaid: async (paymentId) => {
      const [invoices, checkouts] = await Promise.all([
        callOrNull((stripe) =>
          stripe.invoicePayments.list({ payment: { type: "payment_intent", payment_intent: paymentId }, limit: 1 }),
        ),
        callOrNull((stripe) => stripe.checkout.sessions.list({ payment_intent: paymentId, limit: 1 })),
      ]);
      const invoice = invoices?.data?.[0]?.invoice;
      const checkout = checkouts?.data?.[0];
      return {
        ...(invoice === undefined ? {} : { invoiceId: typeof invoice === "string" ? invoice : invoice.id }),
        ...(checkout === undefined ? {} : { checkoutId: checkout.id }),
      };
    },

    listSubscriptions: (which) =>
      list(
        (stripe) =>
          stripe.subscriptions.list(
            // Without a status all that were not cancelled.
            "since" in which ? { status: "all", ...madeSince(which) } : { customer: which.customerId, limit: pageSize },
          ),
        objects.subscriptionOf,
      ),

    listPaidInvoices: (which) =>
      list(
        (stripe) => stripe.invoices.list({ status: "paid", ...madeSince(which), expand: ["data.payments"] }),
        objects.invoiceOf,
      ),

    listFinishedCheckouts: (which) =>
      list(
        (stripe) =>
          stripe.checkout.sessions.list({ status: "complete", ...madeSince(which), expand: ["data.line_items"] }),
        objects.checkoutOf,
      ),

    listRefunds: async (which) =>
      byCharge(
        await list(
          (stripe) => stripe.refunds.list({ ...madeSince(which), expand: ["data.charge", "data.charge.refunds"] }),
          refundOf,
        ),
      ),

    listDisputes: (which) =>
      list((stripe) => stripe.disputes.list({ ...madeSince(which), expand: ["data.charge"] }), disputeWithChargeOf),

    listUndelivered: ({ types, ...which }) =>
      list(
        (stripe) => stripe.events.list({ delivery_success: false, types: [...types], ...madeSince(which) }),
        (event) => eventOf(event, which.since),
      ),

    verifyEvent: async ({ body, signature, now }) => {
      if (signature === null) return { refused: "it has no signature" };
      if (options.webhookSecrets.length === 0) {
        throw new AppError("unavailable", { detail: "STRIPE_WEBHOOK_SECRET is not set." });
      }
      connecting ??= connectStripe(options);
      const { webhooks } = await connecting;
      const timestamp = Number(/(?:^|,)\s*t=(\d+)/.exec(signature)?.[1]);
      if (timestamp > unixSeconds(now) + toleranceSeconds) return { refused: "its signature is from the future" };
      for (const secret of options.webhookSecrets) {
        try {
          const event = await webhooks.constructEventAsync(
            Buffer.from(body),
            signature,
            secret,
            toleranceSeconds,
            undefined,
            now.getTime(),
          );
          return eventOf(event, now) ?? { refused: "it is not an event" };
        } catch {
          // Signed with another secret, too old, or no JSON: one answer for all, which tells an attacker nothing.
        }
      }
      return { refused: "its signature is not valid, or too old" };
    },

    subscriptionOf: objects.subscriptionOf,
    invoiceOf: objects.invoiceOf,
    checkoutOf: objects.checkoutOf,
    chargeOf,
    refundOf,
    disputeOf,
  };
}

/** What was made since, newest first, a page at a time. */
function madeSince({ since }: { readonly since: Date }) {
  return { created: { gte: unixSeconds(since) }, limit: pageSize };
}

function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}
