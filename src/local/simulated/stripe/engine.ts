import type { CatalogueEntry } from "./catalogue.ts";
import { toInvoice, toSession, toSubscription } from "./objects.ts";
import type { Charge, Customer, Dispute, Refund, Session, State, StoredInvoice, StoredSubscription } from "./state.ts";

const daySeconds = 86_400;
const retryAfterSeconds = 3 * daySeconds;
/** After so many vain tries Stripe, as it is set up by default, cancels. */
const maxRetries = 4;

type Emit = (type: string, object: unknown) => void;

export type Engine = ReturnType<typeof createEngine>;

/** What happens to money and subscriptions while time goes by. */
export function createEngine(state: State, catalogue: ReadonlyMap<string, CatalogueEntry>, emit: Emit) {
  const now = () => Math.floor(Date.now() / 1_000) + state.ahead;

  function newId(prefix: string): string {
    state.made += 1;
    return `${prefix}_sim${String(state.made).padStart(8, "0")}`;
  }

  function priceOf(priceId: string): CatalogueEntry {
    const entry = catalogue.get(priceId);
    if (entry === undefined) throw new Error(`there is no price ${priceId}`);
    return entry;
  }

  const shown = {
    subscription: (subscription: StoredSubscription) => toSubscription(subscription, priceOf),
    invoice: (invoice: StoredInvoice) =>
      toInvoice(invoice, state.subscriptions[invoice.subscription], priceOf(invoice.lines[0]?.price ?? "").currency),
    session: toSession,
    refund: (refunded: Refund) => ({ ...refunded, livemode: false }),
    charge: (charge: Charge) => ({ ...charge, status: "succeeded", paid: true, livemode: false }),
    dispute: (dispute: Dispute) => ({ ...dispute, currency: "usd", livemode: false }),
  };

  function charge(customer: string, entry: { amount: number; description: string; metadata: Record<string, string> }) {
    const made: Charge = {
      id: newId("ch"),
      object: "charge",
      customer,
      payment_intent: newId("pi"),
      currency: "usd",
      created: now(),
      amount_refunded: 0,
      refunded: false,
      disputed: false,
      ...entry,
    };
    state.charges[made.id] = made;
    return made;
  }

  function periodAfter(start: number, priceId: string): number {
    const end = new Date(start * 1_000);
    if (priceOf(priceId).interval === "yearly") end.setUTCFullYear(end.getUTCFullYear() + 1);
    else end.setUTCMonth(end.getUTCMonth() + 1);
    return Math.floor(end.getTime() / 1_000);
  }

  /** Makes an invoice and pays it with the customer's card. @returns whether it was paid */
  function bill(
    subscription: StoredSubscription,
    reason: StoredInvoice["billing_reason"],
    lines: StoredInvoice["lines"],
  ): boolean {
    const invoice: StoredInvoice = {
      id: newId("in"),
      customer: subscription.customer,
      subscription: subscription.id,
      billing_reason: reason,
      lines,
      // Less than nothing stays with the customer as a balance, which this service does not spend.
      amount_due: Math.max(
        0,
        lines.reduce((sum, line) => sum + line.amount, 0),
      ),
      created: now(),
      status: "open",
      attempt_count: 0,
      payment_intent: null,
    };
    state.invoices[invoice.id] = invoice;
    subscription.latest_invoice = invoice.id;
    return pay(invoice);
  }

  function pay(invoice: StoredInvoice): boolean {
    const customer = state.customers[invoice.customer];
    const subscription = state.subscriptions[invoice.subscription];
    invoice.attempt_count += 1;
    if (invoice.amount_due > 0 && customer?.has_failing_card === true) {
      emit("invoice.payment_failed", shown.invoice(invoice));
      return false;
    }
    if (invoice.amount_due > 0) {
      const { title } = priceOf(invoice.lines.at(-1)?.price ?? "");
      const metadata = subscription?.metadata ?? {};
      const made = charge(invoice.customer, { amount: invoice.amount_due, description: title, metadata });
      invoice.payment_intent = made.payment_intent;
    }
    invoice.status = "paid";
    emit("invoice.paid", shown.invoice(invoice));
    return true;
  }

  function wholeLine(subscription: StoredSubscription) {
    const { price, period_start: start, period_end: end } = subscription;
    return { amount: priceOf(price).amount, price, is_proration: false, start, end };
  }

  function subscribe(session: Session): StoredSubscription {
    const start = now();
    const isTrial = session.trial_days > 0;
    const trialEnd = start + session.trial_days * daySeconds;
    const subscription: StoredSubscription = {
      id: newId("sub"),
      item: newId("si"),
      customer: session.customer,
      metadata: session.made_metadata,
      created: start,
      price: session.price,
      status: isTrial ? "trialing" : "active",
      period_start: start,
      period_end: isTrial ? trialEnd : periodAfter(start, session.price),
      trial_start: isTrial ? start : null,
      trial_end: isTrial ? trialEnd : null,
      cancel_at_period_end: false,
      canceled_at: null,
      latest_invoice: null,
      told_of_trial_end: false,
      retry_at: null,
      retries: 0,
    };
    state.subscriptions[subscription.id] = subscription;
    const line = wholeLine(subscription);
    bill(subscription, "subscription_create", [{ ...line, amount: isTrial ? 0 : line.amount }]);
    emit("customer.subscription.created", shown.subscription(subscription));
    return subscription;
  }

  /** The customer pays on the hosted page. */
  function completeSession(session: Session): void {
    if (session.status !== "open") return;
    session.status = "complete";
    session.payment_status = "paid";
    if (session.mode === "subscription") {
      session.subscription = subscribe(session).id;
      if (session.trial_days > 0) session.payment_status = "no_payment_required";
    } else {
      const { title, amount } = priceOf(session.price);
      const made = charge(session.customer, { amount, description: title, metadata: session.made_metadata });
      session.payment_intent = made.payment_intent;
    }
    emit("checkout.session.completed", shown.session(session));
  }

  /** @returns false: it was paid for, or had expired */
  function expireSession(session: Session): boolean {
    if (session.status !== "open") return false;
    session.status = "expired";
    emit("checkout.session.expired", shown.session(session));
    return true;
  }

  function updated(subscription: StoredSubscription): void {
    emit("customer.subscription.updated", shown.subscription(subscription));
  }

  function cancelNow(subscription: StoredSubscription): void {
    if (subscription.status === "canceled") return;
    subscription.status = "canceled";
    subscription.canceled_at ??= now();
    subscription.retry_at = null;
    emit("customer.subscription.deleted", shown.subscription(subscription));
  }

  function setCancelAtPeriodEnd(subscription: StoredSubscription, isSet: boolean): void {
    subscription.cancel_at_period_end = isSet;
    subscription.canceled_at = isSet ? now() : null;
    updated(subscription);
  }

  /** Charges the difference at once; another interval begins a period of its own. */
  function changePrice(subscription: StoredSubscription, price: string): void {
    const { price: old, period_start, period_end } = subscription;
    const at = now();
    subscription.price = price;
    subscription.cancel_at_period_end = false;
    if (subscription.status !== "trialing") {
      const left = Math.max(0, period_end - at) / (period_end - period_start);
      const part = (id: string, sign: number) => ({
        amount: sign * Math.round(priceOf(id).amount * left),
        price: id,
        is_proration: true,
        start: at,
        end: period_end,
      });
      if (priceOf(old).interval === priceOf(price).interval) {
        bill(subscription, "subscription_update", [part(old, -1), part(price, 1)]);
      } else {
        subscription.period_start = at;
        subscription.period_end = periodAfter(at, price);
        bill(subscription, "subscription_update", [part(old, -1), wholeLine(subscription)]);
      }
    }
    updated(subscription);
  }

  function setCard(customer: Customer, isFailing: boolean): void {
    customer.has_failing_card = isFailing;
    if (isFailing) return;
    for (const subscription of Object.values(state.subscriptions)) {
      if (subscription.customer === customer.id && subscription.status === "past_due") retry(subscription);
    }
  }

  function retry(subscription: StoredSubscription): void {
    const invoice = state.invoices[subscription.latest_invoice ?? ""];
    if (invoice === undefined) return;
    if (pay(invoice)) {
      subscription.status = "active";
      subscription.retry_at = null;
      subscription.retries = 0;
      updated(subscription);
      return;
    }
    subscription.retries += 1;
    subscription.retry_at = now() + retryAfterSeconds;
    if (subscription.retries >= maxRetries) cancelNow(subscription);
  }

  function renew(subscription: StoredSubscription): void {
    if (subscription.cancel_at_period_end) {
      cancelNow(subscription);
      return;
    }
    subscription.period_start = subscription.period_end;
    subscription.period_end = periodAfter(subscription.period_start, subscription.price);
    const isPaid = bill(subscription, "subscription_cycle", [wholeLine(subscription)]);
    subscription.status = isPaid ? "active" : "past_due";
    subscription.retries = 0;
    subscription.retry_at = isPaid ? null : now() + retryAfterSeconds;
    updated(subscription);
  }

  /** What is next for a subscription, and when. */
  function nextStep(subscription: StoredSubscription): { at: number; run: () => void } | null {
    if (subscription.status === "canceled") return null;
    const { trial_end, retry_at } = subscription;
    const steps = [{ at: subscription.period_end, run: () => renew(subscription) }];
    if (retry_at !== null) steps.push({ at: retry_at, run: () => retry(subscription) });
    if (subscription.status === "trialing" && trial_end !== null && !subscription.told_of_trial_end) {
      const tell = () => {
        subscription.told_of_trial_end = true;
        emit("customer.subscription.trial_will_end", shown.subscription(subscription));
      };
      steps.push({ at: trial_end - 3 * daySeconds, run: tell });
    }
    return steps.reduce((first, step) => (step.at < first.at ? step : first));
  }

  /** Lets happen what is due by now, each at its own time. */
  function catchUp(): void {
    const target = now();
    for (;;) {
      const steps = Object.values(state.subscriptions).flatMap((each) => nextStep(each) ?? []);
      const first = steps.sort((left, right) => left.at - right.at)[0];
      if (first === undefined || first.at > target) return;
      const ahead = state.ahead;
      // The step is made at its time, not at the end of the leap.
      state.ahead -= target - first.at;
      first.run();
      state.ahead = ahead;
    }
  }

  function refund(made: Charge, amount: number | undefined): Refund | null {
    const left = made.amount - made.amount_refunded;
    const wanted = amount ?? left;
    if (wanted <= 0 || wanted > left) return null;
    made.amount_refunded += wanted;
    made.refunded = made.amount_refunded === made.amount;
    const { id: charge, payment_intent, currency } = made;
    const part = { charge, payment_intent, currency, amount: wanted, created: now() } as const;
    const refunded: Refund = { id: newId("re"), object: "refund", ...part, status: "succeeded" };
    state.refunds[refunded.id] = refunded;
    emit("charge.refunded", shown.charge(made));
    return refunded;
  }

  /** The customer's bank turns all refunds of a charge down, as it may do days later. */
  function failRefunds(made: Charge): void {
    for (const refunded of Object.values(state.refunds)) {
      if (refunded.charge !== made.id || refunded.status === "failed") continue;
      refunded.status = "failed";
      made.amount_refunded -= refunded.amount;
      made.refunded = false;
      emit("refund.failed", shown.refund(refunded));
    }
  }

  function dispute(made: Charge): Dispute | null {
    if (made.disputed) return null;
    made.disputed = true;
    const opened: Dispute = {
      id: newId("dp"),
      object: "dispute",
      charge: made.id,
      payment_intent: made.payment_intent,
      amount: made.amount - made.amount_refunded,
      created: now(),
      status: "needs_response",
    };
    state.disputes[opened.id] = opened;
    emit("charge.dispute.created", shown.dispute(opened));
    return opened;
  }

  function closeDispute(opened: Dispute, status: "won" | "lost"): void {
    if (opened.status !== "needs_response") return;
    opened.status = status;
    emit("charge.dispute.closed", shown.dispute(opened));
  }

  return {
    now,
    newId,
    priceOf,
    shown,
    completeSession,
    expireSession,
    cancelNow,
    setCancelAtPeriodEnd,
    changePrice,
    setCard,
    refund,
    failRefunds,
    dispute,
    closeDispute,
    catchUp,
    advance: (seconds: number) => {
      state.ahead += seconds;
      catchUp();
    },
  };
}
