import { toPrice } from "./catalogue.ts";
import type { Engine } from "./engine.ts";
import { type FormMap, mapAt, textAt } from "./form.ts";
import { toInvoicePayment } from "./objects.ts";
import type { Charge, Customer, Portal, Session, State } from "./state.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Call {
  readonly state: State;
  readonly engine: Engine;
  readonly baseUrl: string;
  /** What stands for `:id` in the path. */
  readonly id: string;
  readonly form: FormMap;
}

type Handler = (call: Call) => unknown;

/** An error as Stripe answers it. */
class Refusal extends Error {
  readonly answer: Answer;
  constructor(status: number, message: string, more: { code?: string; param?: string } = {}) {
    super(message);
    this.answer = { status, body: { error: { type: "invalid_request_error", message, ...more } } };
  }
}

const missing = (what: string, id: string) =>
  new Refusal(404, `No such ${what}: '${id}'`, { code: "resource_missing", param: "id" });

function found<T>(what: string, all: Readonly<Record<string, T>>, id: string): T {
  const thing = Object.hasOwn(all, id) ? all[id] : undefined;
  if (thing === undefined) throw missing(what, id);
  return thing;
}

function required(form: FormMap, ...path: readonly string[]): string {
  const text = textAt(form, ...path);
  if (text === undefined)
    throw new Refusal(400, `Missing required param: ${path.join(".")}.`, { param: path.join(".") });
  return text;
}

function customerOf({ state, form }: Call): Customer {
  const id = required(form, "customer");
  const customer = state.customers[id];
  if (customer === undefined) {
    throw new Refusal(400, `No such customer: '${id}'`, { code: "resource_missing", param: "customer" });
  }
  return customer;
}

const isExpanded = ({ form }: Call, path: string) => ["0", "1"].some((at) => textAt(form, "expand", at) === path);

/** The charge of a refund or a dispute: its id, or all of it where a list is asked to. */
function chargeOf(call: Call, { charge: id }: { readonly charge: string }) {
  const charge = call.state.charges[id];
  if (charge === undefined || !isExpanded(call, "data.charge")) return id;
  return showCharge(call, charge, "data.charge.refunds");
}

/** @param refundsPath what is expanded for a charge to have its refunds with it */
function showCharge(call: Call, charge: Charge, refundsPath: string) {
  const shown = call.engine.shown.charge(charge);
  if (!isExpanded(call, refundsPath)) return shown;
  const refunds = Object.values(call.state.refunds).filter((refund) => refund.charge === charge.id);
  const newest = refunds.sort((left, right) => right.created - left.created).slice(0, 10);
  return { ...shown, refunds: { object: "list", data: newest, has_more: refunds.length > newest.length } };
}

/** A page of things, newest first, since `created[gte]`. */
function list<T extends { readonly created: number }>(
  { form }: Call,
  things: readonly T[],
  show: (thing: T) => unknown = (thing) => thing,
) {
  const since = Number(textAt(form, "created", "gte") ?? 0);
  const limit = Number(textAt(form, "limit") ?? 10);
  const after = textAt(form, "starting_after");
  const sorted = things.filter(({ created }) => created >= since).sort((left, right) => right.created - left.created);
  const shown = sorted.map(show) as { id?: string }[];
  const from = after === undefined ? 0 : shown.findIndex(({ id }) => id === after) + 1;
  return { object: "list", data: shown.slice(from, from + limit), has_more: from + limit < shown.length, url: "" };
}

const handlers: Readonly<Record<string, Handler>> = {
  "POST /v1/customers": ({ state, engine, form }) => {
    const customer: Customer = {
      id: engine.newId("cus"),
      object: "customer",
      email: textAt(form, "email") ?? null,
      name: textAt(form, "name") ?? null,
      metadata: mapAt(form, "metadata"),
      created: engine.now(),
      has_failing_card: false,
    };
    state.customers[customer.id] = customer;
    return customer;
  },
  "GET /v1/customers/:id": ({ state, id }) => found("customer", state.customers, id),
  "DELETE /v1/customers/:id": ({ state, engine, id }) => {
    found("customer", state.customers, id);
    for (const subscription of Object.values(state.subscriptions)) {
      if (subscription.customer === id) engine.cancelNow(subscription);
    }
    for (const session of Object.values(state.sessions)) {
      if (session.customer === id) engine.expireSession(session);
    }
    delete state.customers[id];
    return { id, object: "customer", deleted: true };
  },

  "POST /v1/checkout/sessions": (call) => {
    const { state, engine, form, baseUrl } = call;
    const price = required(form, "line_items", "0", "price");
    const isSubscription = required(form, "mode") === "subscription";
    const id = engine.newId("cs");
    const { amount, currency } = engine.priceOf(price);
    const session: Session = {
      id,
      object: "checkout.session",
      mode: isSubscription ? "subscription" : "payment",
      customer: customerOf(call).id,
      client_reference_id: textAt(form, "client_reference_id") ?? null,
      success_url: required(form, "success_url"),
      cancel_url: required(form, "cancel_url"),
      metadata: mapAt(form, "metadata"),
      made_metadata: mapAt(form, isSubscription ? "subscription_data" : "payment_intent_data", "metadata"),
      price,
      trial_days: Number(textAt(form, "subscription_data", "trial_period_days") ?? 0),
      amount_total: amount,
      currency,
      url: `${baseUrl}/pay/${id}`,
      created: engine.now(),
      status: "open",
      payment_status: "unpaid",
      subscription: null,
      payment_intent: null,
    };
    state.sessions[id] = session;
    return engine.shown.session(session);
  },
  "GET /v1/checkout/sessions": (call) => {
    const payment = textAt(call.form, "payment_intent");
    const wanted = textAt(call.form, "status");
    const owner = textAt(call.form, "customer");
    const all = Object.values(call.state.sessions).filter(
      ({ payment_intent, status, customer }) =>
        (payment === undefined || payment_intent === payment) &&
        (wanted === undefined || status === wanted) &&
        (owner === undefined || customer === owner),
    );
    return list(call, all, call.engine.shown.session);
  },
  "GET /v1/checkout/sessions/:id": ({ state, engine, id }) =>
    engine.shown.session(found("checkout session", state.sessions, id)),
  "POST /v1/checkout/sessions/:id/expire": ({ state, engine, id }) => {
    const session = found("checkout session", state.sessions, id);
    if (!engine.expireSession(session)) {
      throw new Refusal(400, `Only Checkout Sessions that are open can be expired; this one is ${session.status}.`);
    }
    return engine.shown.session(session);
  },

  "POST /v1/billing_portal/sessions": (call) => {
    const { state, engine, form, baseUrl } = call;
    const id = engine.newId("bps");
    const portal: Portal = {
      id,
      object: "billing_portal.session",
      customer: customerOf(call).id,
      return_url: required(form, "return_url"),
      url: `${baseUrl}/portal/${id}`,
      created: engine.now(),
      offered_price: textAt(form, "flow_data", "subscription_update_confirm", "items", "0", "price") ?? null,
    };
    state.portals[id] = portal;
    return portal;
  },

  "GET /v1/subscriptions": (call) => {
    const owner = textAt(call.form, "customer");
    const withEnded = textAt(call.form, "status") === "all";
    const all = Object.values(call.state.subscriptions).filter(
      ({ customer, status }) => (withEnded || status !== "canceled") && (owner === undefined || customer === owner),
    );
    return list(call, all, call.engine.shown.subscription);
  },
  "GET /v1/subscriptions/:id": ({ state, engine, id }) =>
    engine.shown.subscription(found("subscription", state.subscriptions, id)),
  "DELETE /v1/subscriptions/:id": ({ state, engine, id }) => {
    const subscription = found("subscription", state.subscriptions, id);
    engine.cancelNow(subscription);
    return engine.shown.subscription(subscription);
  },

  "GET /v1/invoices": (call) => {
    const status = textAt(call.form, "status");
    const all = Object.values(call.state.invoices).filter((each) => status === undefined || each.status === status);
    return list(call, all, call.engine.shown.invoice);
  },
  "GET /v1/invoices/:id": ({ state, engine, id }) => engine.shown.invoice(found("invoice", state.invoices, id)),
  "GET /v1/invoice_payments": (call) => {
    const payment = required(call.form, "payment", "payment_intent");
    const paid = Object.values(call.state.invoices).filter(({ payment_intent }) => payment_intent === payment);
    return list(call, paid, ({ id }) => toInvoicePayment(id, payment));
  },

  // Only those that were not delivered are kept.
  "GET /v1/events": (call) => {
    const types = Object.values(mapAt(call.form, "types"));
    const events = Object.values(call.state.pending);
    return list(
      call,
      events.filter(({ type }) => types.length === 0 || types.includes(type)),
    );
  },
  "GET /v1/charges": (call) => list(call, Object.values(call.state.charges), call.engine.shown.charge),
  "GET /v1/charges/:id": (call) => showCharge(call, found("charge", call.state.charges, call.id), "refunds"),
  "POST /v1/refunds": ({ state, engine, form }) => {
    const charge = found("charge", state.charges, required(form, "charge"));
    const amount = textAt(form, "amount");
    const made = engine.refund(charge, amount === undefined ? undefined : Number(amount));
    if (made === null) throw new Refusal(400, "The refund is greater than what is left.");
    return made;
  },
  "GET /v1/refunds": (call) =>
    list(call, Object.values(call.state.refunds), (refund) => ({ ...refund, charge: chargeOf(call, refund) })),
  "GET /v1/disputes": (call) =>
    list(call, Object.values(call.state.disputes), (dispute) => ({
      ...call.engine.shown.dispute(dispute),
      charge: chargeOf(call, dispute),
    })),
  "GET /v1/disputes/:id": ({ state, engine, id }) => engine.shown.dispute(found("dispute", state.disputes, id)),
  "GET /v1/prices/:id": ({ engine, id }) => toPrice(engine.priceOf(id)),

  // Not Stripe's: what a person does elsewhere, at the card's bank or by waiting.
  "POST /_control/advance": ({ engine, form }) => {
    engine.advance(Math.round(Number(required(form, "days")) * 86_400));
    return { now: new Date(engine.now() * 1_000).toISOString() };
  },
  "POST /_control/disputes": ({ state, engine, form }) =>
    engine.dispute(found("charge", state.charges, required(form, "charge"))) ?? {},
  "POST /_control/disputes/:id": ({ state, engine, id, form }) => {
    engine.closeDispute(found("dispute", state.disputes, id), textAt(form, "status") === "won" ? "won" : "lost");
    return {};
  },
  "POST /_control/cards/:id": ({ state, engine, id, form }) => {
    engine.setCard(found("customer", state.customers, id), textAt(form, "is_failing") === "true");
    return {};
  },
};

const pathNames = ["invoice_payments", "billing_portal", "_control"];

/** Ids look like `cus_sim00000001`; whatever else is in a path is its name. */
function patternOf(method: string, path: string): { pattern: string; id: string } {
  const parts = path.split("/");
  const at = parts.findIndex((part) => part.includes("_") && !pathNames.includes(part));
  if (at < 0) return { pattern: `${method} ${path}`, id: "" };
  return { pattern: `${method} ${parts.with(at, ":id").join("/")}`, id: decodeURIComponent(parts[at] ?? "") };
}

/** Answers one call of the API. A repeated idempotency key gives the first answer again. */
export function answerCall(
  dependencies: { readonly state: State; readonly engine: Engine; readonly baseUrl: string },
  input: { method: string; path: string; form: FormMap; text: string; key: string | null },
): Answer {
  const { state } = dependencies;
  const { method, path, key } = input;
  const request = `${method} ${path} ${input.text}`;
  const before = key === null ? undefined : state.answers[key];
  if (before !== undefined) {
    if (before.request === request) return before;
    const message = "Keys for idempotent requests can only be used with the same parameters.";
    return { status: 400, body: { error: { type: "idempotency_error", message } } };
  }
  const { pattern, id } = patternOf(method, path);
  const handler = Object.hasOwn(handlers, pattern) ? handlers[pattern] : undefined;
  const answer = handler === undefined ? unknownPath(path) : answerOf(() => handler({ ...dependencies, ...input, id }));
  if (key !== null && method === "POST") state.answers[key] = { request, ...answer };
  return answer;
}

function unknownPath(path: string): Answer {
  const message = `Unrecognized request URL (${path}): this is Muse's simulated Stripe.`;
  return { status: 404, body: { error: { type: "invalid_request_error", message } } };
}

function answerOf(run: () => unknown): Answer {
  try {
    return { status: 200, body: run() };
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    const message = error instanceof Error ? error.message : "it failed";
    return { status: 400, body: { error: { type: "invalid_request_error", message } } };
  }
}
