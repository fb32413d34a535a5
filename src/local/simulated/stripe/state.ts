import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** What the simulated service keeps: objects as Stripe writes them, as far as Muse looks at them. Times in unix seconds. */

export interface Customer {
  readonly id: string;
  readonly object: "customer";
  email: string | null;
  name: string | null;
  metadata: Record<string, string>;
  readonly created: number;
  /** The next payments fail. */
  has_failing_card: boolean;
}

export interface Session {
  readonly id: string;
  readonly object: "checkout.session";
  readonly mode: "payment" | "subscription";
  readonly customer: string;
  readonly client_reference_id: string | null;
  readonly success_url: string;
  readonly cancel_url: string;
  readonly metadata: Record<string, string>;
  /** Of what comes out of it: the subscription, or the payment. */
  readonly made_metadata: Record<string, string>;
  readonly price: string;
  readonly trial_days: number;
  readonly amount_total: number;
  readonly currency: string;
  readonly url: string;
  readonly created: number;
  status: "open" | "complete" | "expired";
  payment_status: "paid" | "unpaid" | "no_payment_required";
  subscription: string | null;
  payment_intent: string | null;
}

export interface Portal {
  readonly id: string;
  readonly object: "billing_portal.session";
  readonly customer: string;
  readonly return_url: string;
  readonly url: string;
  readonly created: number;
  /** The price that the customer is to confirm. */
  readonly offered_price: string | null;
}

export interface StoredSubscription {
  readonly id: string;
  readonly item: string;
  readonly customer: string;
  readonly metadata: Record<string, string>;
  readonly created: number;
  price: string;
  status: "active" | "trialing" | "past_due" | "canceled";
  period_start: number;
  period_end: number;
  trial_start: number | null;
  trial_end: number | null;
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  latest_invoice: string | null;
  told_of_trial_end: boolean;
  /** When a late payment is tried again, and how often it was. */
  retry_at: number | null;
  retries: number;
}

export interface InvoiceLine {
  readonly amount: number;
  readonly price: string;
  readonly is_proration: boolean;
  readonly start: number;
  readonly end: number;
}

export interface StoredInvoice {
  readonly id: string;
  readonly customer: string;
  readonly subscription: string;
  readonly billing_reason: "subscription_create" | "subscription_cycle" | "subscription_update";
  readonly lines: readonly InvoiceLine[];
  readonly amount_due: number;
  readonly created: number;
  status: "open" | "paid" | "void";
  attempt_count: number;
  payment_intent: string | null;
}

export interface Charge {
  readonly id: string;
  readonly object: "charge";
  readonly customer: string;
  readonly payment_intent: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Record<string, string>;
  readonly created: number;
  readonly description: string;
  amount_refunded: number;
  refunded: boolean;
  disputed: boolean;
}

export interface Refund {
  readonly id: string;
  readonly object: "refund";
  readonly charge: string;
  readonly payment_intent: string;
  readonly amount: number;
  readonly currency: string;
  readonly created: number;
  status: "succeeded" | "failed";
}

export interface Dispute {
  readonly id: string;
  readonly object: "dispute";
  readonly charge: string;
  readonly payment_intent: string;
  readonly amount: number;
  readonly created: number;
  status: "needs_response" | "won" | "lost";
}

export interface StoredEvent {
  readonly id: string;
  readonly object: "event";
  readonly type: string;
  readonly created: number;
  readonly api_version: string;
  readonly livemode: false;
  readonly data: { readonly object: unknown };
}

export interface State {
  /** How far the service's clock is ahead, in seconds. */
  ahead: number;
  /** Where it listened last; 0 before the first time. */
  port: number;
  made: number;
  readonly customers: Record<string, Customer>;
  readonly sessions: Record<string, Session>;
  readonly portals: Record<string, Portal>;
  readonly subscriptions: Record<string, StoredSubscription>;
  readonly invoices: Record<string, StoredInvoice>;
  readonly charges: Record<string, Charge>;
  readonly refunds: Record<string, Refund>;
  readonly disputes: Record<string, Dispute>;
  /** Not delivered yet. */
  readonly pending: Record<string, StoredEvent>;
  /** Answers by idempotency key. */
  readonly answers: Record<string, { readonly request: string; readonly status: number; readonly body: unknown }>;
}

export function emptyState(): State {
  const none = { customers: {}, sessions: {}, portals: {}, subscriptions: {}, invoices: {}, charges: {} };
  return { ahead: 0, port: 0, made: 0, ...none, refunds: {}, disputes: {}, pending: {}, answers: {} };
}

/** @param file undefined: nothing is kept */
export function loadState(file: string | undefined): State {
  if (file === undefined) return emptyState();
  try {
    return { ...emptyState(), ...(JSON.parse(readFileSync(file, "utf8")) as Partial<State>) };
  } catch {
    // There is none yet, or it was cut off; a simulated service starts anew then.
    return emptyState();
  }
}

export function saveState(file: string | undefined, state: State): void {
  if (file === undefined) return;
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
