import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";
import { type StripeRequest, signedEvent, startStripe } from "../support/stripe-stand-in.ts";

/** Two instances, one database, and a Stripe that this test plays: what it says, what it sends, and when it is away. */

const newSecret = "whsec_new_one";
const oldSecret = "whsec_old_one";
let surroundings: Surroundings;
let instances: [RunningMuse, RunningMuse];

/** Things of Stripe by path; a path that is not here is unknown to it. */
const things = new Map<string, unknown>();
const requests: StripeRequest[] = [];
let isAway = false;
/** Whether it says that it does not know something without the API's JSON. */
let isPlain = false;
let made = 0;

beforeAll(async () => {
  surroundings = await startSurroundings();
  const stripe = await startStripe((request, response) => {
    requests.push(request);
    answer(response, request.method === "POST" ? answerPost(request.path) : things.get(request.path));
  });
  surroundings.atEnd(async () => stripe.stop());
  const environment = {
    STRIPE_SECRET_KEY: "sk_test_stand_in",
    STRIPE_API_BASE: stripe.url,
    STRIPE_WEBHOOK_SECRET: `${newSecret}, ${oldSecret}`,
    STRIPE_PRICE_BASIC_MONTHLY: "price_basic",
    STRIPE_PRICE_PRO_MONTHLY: "price_pro",
    STRIPE_PRICE_PACK_SMALL: "price_small",
    LOG_LEVEL: "error",
  };
  instances = [await surroundings.start("one", environment), await surroundings.start("two", environment)];
});

afterAll(() => surroundings.end());

function answer(response: ServerResponse, thing: unknown): void {
  const status = isAway ? 503 : thing === undefined ? 404 : 200;
  if (status === 404 && isPlain) {
    response.writeHead(404).end("Not found");
    return;
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(status === 200 ? thing : { error: { type: "api_error", message: "no" } }));
}

function answerPost(path: string): unknown {
  made += 1;
  if (path === "/v1/customers") return { id: `cus_${made}`, object: "customer" };
  if (path === "/v1/checkout/sessions")
    return { id: `cs_${made}`, object: "checkout.session", url: "https://pay.example/" };
  return undefined;
}

const seconds = (days = 0) => Math.floor(Date.now() / 1_000) + days * 86_400;

/** An account with a customer at Stripe. */
async function customer(): Promise<{ client: Client; customerId: string; userId: string }> {
  const anonymous = new Client(instances[0].url);
  const email = `${crypto.randomUUID()}@example.com`;
  const { body } = await anonymous.post("/v1/auth/register", { email, password: "a long way to Tipperary 1912" });
  const client = new Client(instances[0].url, body.access_token);
  const back = `${instances[0].url}/api/app`;
  const wanted = { plan: "basic", success_url: back, cancel_url: back };
  const [first, again] = await Promise.all([
    client.post("/v1/billing/checkout", wanted),
    client.post("/v1/billing/checkout", wanted),
  ]);
  expect([first.status, again.status]).toEqual([200, 200]);
  const asked = new URLSearchParams(requests.findLast(({ path }) => path === "/v1/checkout/sessions")?.body);
  return { client, customerId: asked.get("customer") ?? "", userId: body.user.id };
}

interface Sent {
  id?: string;
  type: string;
  object: unknown;
  created?: number;
}

function send(event: Sent, options: { instance?: 0 | 1; secret?: string; signedAt?: number; header?: string } = {}) {
  made += 1;
  const { id = `evt_${made}`, type, object, created = seconds() } = event;
  const { body, signature } = signedEvent(
    { id, type, object, created },
    { secret: options.secret ?? newSecret, signedAt: options.signedAt ?? seconds() },
  );
  const headers = { "stripe-signature": options.header ?? signature };
  return new Client(instances[options.instance ?? 0].url).call("POST", "/webhooks/stripe", { body, headers });
}

/** As the API of 2025 writes it, or the one before. */
function subscription(
  customerId: string,
  changes: { id?: string; price?: string; status?: string; isOld?: boolean; start?: number } = {},
) {
  const {
    id = `sub_${customerId}`,
    price = "price_basic",
    status = "active",
    isOld = false,
    start = seconds(-1),
  } = changes;
  const period = { current_period_start: start, current_period_end: start + 30 * 86_400 };
  return {
    id,
    object: "subscription",
    customer: customerId,
    status,
    metadata: {},
    created: start,
    cancel_at_period_end: false,
    ...(isOld ? period : {}),
    items: {
      data: [{ id: `si_${id}`, price: { id: price, recurring: { interval: "month" } }, ...(isOld ? {} : period) }],
    },
  };
}

function invoice(customerId: string, changes: { id?: string; isOld?: boolean; start?: number; payment?: string } = {}) {
  const { id = `in_${customerId}`, isOld = false, start = seconds(-1), payment = `pi_${customerId}` } = changes;
  const subscriptionId = `sub_${customerId}`;
  const line = { amount: 900, period: { start, end: start + 30 * 86_400 } };
  return {
    id,
    object: "invoice",
    customer: customerId,
    status: "paid",
    amount_paid: 900,
    ...(isOld
      ? {
          subscription: subscriptionId,
          payment_intent: payment,
          lines: { data: [{ ...line, price: { id: "price_basic" } }] },
        }
      : {
          parent: { subscription_details: { subscription: subscriptionId } },
          payments: { data: [{ payment: { type: "payment_intent", payment_intent: payment } }] },
          lines: { data: [{ ...line, pricing: { price_details: { price: "price_basic" } } }] },
        }),
  };
}

const put = <T extends { id: string }>(kind: string, thing: T): T => {
  things.set(`/v1/${kind}/${thing.id}`, thing);
  return thing;
};
const credits = async (client: Client) => (await client.get("/v1/users/me/credits?limit=100")).body;
const plan = async (client: Client) => (await client.get("/v1/billing/subscription")).body;

describe("events of Stripe", () => {
  it.each([true, false])(
    "give a period's credits once, however often and wherever they arrive (old shape: %s)",
    async (isOld) => {
      const { client, customerId } = await customer();
      put("subscriptions", subscription(customerId, { isOld }));
      const paid = put("invoices", invoice(customerId, { isOld }));
      const id = `evt_same_${customerId}`;
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          send({ id, type: "invoice.paid", object: paid }, { instance: index % 2 === 0 ? 0 : 1 }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      // The same period by another invoice, and the same invoice by another event.
      const other = put("invoices", invoice(customerId, { id: `in_other_${customerId}`, isOld }));
      await Promise.all([
        send({ type: "invoice.paid", object: other }),
        send({ type: "invoice.paid", object: paid }, { instance: 1 }),
      ]);
      expect(await credits(client)).toMatchObject({ balance: 550, granted: 550 });
      expect(await plan(client)).toMatchObject({ plan: "basic", status: "active", tier: "basic" });
      const later = put("invoices", invoice(customerId, { id: `in_later_${customerId}`, isOld, start: seconds(29) }));
      await send({ type: "invoice.paid", object: later });
      expect((await credits(client)).balance).toBe(1_050);
    },
  );

  it("may come in any order, also those about things that Stripe no longer knows", async () => {
    const { client, customerId } = await customer();
    const type = "customer.subscription.updated";
    const cancelled = { ...subscription(customerId, { status: "canceled" }), canceled_at: seconds() };
    await send({ type: "customer.subscription.deleted", object: cancelled, created: seconds() });
    // Nothing can be read, so the older event must not bring it back to life.
    expect((await send({ type, object: subscription(customerId), created: seconds() - 60 })).status).toBe(200);
    expect(await plan(client)).toMatchObject({ status: "cancelled", tier: "free" });
    // What can be read wins over whatever an event says.
    put("subscriptions", subscription(customerId, { price: "price_pro" }));
    await send({ type, object: subscription(customerId, { status: "past_due" }) });
    expect(await plan(client)).toMatchObject({ plan: "pro", status: "active", tier: "pro" });
  });

  it("give and take the credits of a payment also when its refund comes first", async () => {
    const { client, customerId } = await customer();
    put("subscriptions", subscription(customerId));
    const paid = put("invoices", invoice(customerId));
    things.set("/v1/invoice_payments", { object: "list", data: [{ invoice: paid.id }], has_more: false });
    const charge = {
      id: `ch_${customerId}`,
      object: "charge",
      customer: customerId,
      payment_intent: `pi_${customerId}`,
    };
    const refunded = put("charges", { ...charge, amount: 900, amount_refunded: 450 });
    await send({ type: "charge.refunded", object: refunded });
    await send({ type: "invoice.paid", object: paid });
    await send({ type: "charge.refunded", object: refunded });
    expect(await credits(client)).toMatchObject({ balance: 300, granted: 300 });
    const dispute = {
      id: `dp_${customerId}`,
      object: "dispute",
      charge: charge.id,
      amount: 450,
      status: "needs_response",
    };
    await send({ type: "charge.dispute.created", object: dispute });
    expect((await credits(client)).balance).toBe(50);
    await send({ type: "charge.dispute.closed", object: { ...dispute, status: "won" } });
    await send({ type: "charge.dispute.created", object: dispute });
    expect((await credits(client)).balance).toBe(300);
  });

  it("give back what was taken for a refund that failed, also when the charge goes on showing its sum", async () => {
    const { client, customerId } = await customer();
    put("subscriptions", subscription(customerId));
    const paid = put("invoices", invoice(customerId));
    await send({ type: "invoice.paid", object: paid });
    const id = `ch_${customerId}`;
    const charge = { id, object: "charge", customer: customerId, invoice: paid.id, amount: 900, amount_refunded: 450 };
    const refund = { id: `re_${customerId}`, object: "refund", charge: id, amount: 450, status: "succeeded" };
    const show = (status: string) =>
      put("charges", { ...charge, refunds: { object: "list", data: [{ ...refund, status }], has_more: false } });
    await send({ type: "charge.refunded", object: show("succeeded") });
    expect(await credits(client)).toMatchObject({ balance: 300, granted: 300 });
    show("failed");
    await send({ type: "refund.failed", object: { ...refund, status: "failed" } });
    expect(await credits(client)).toMatchObject({ balance: 550, granted: 550 });
  });

  it("find their account by the checkout, and may say hardly more than ids", async () => {
    const { client, customerId, userId } = await customer();
    const strangers = `${customerId}_other`;
    const paid = { id: `in_${strangers}`, customer: strangers, subscription: `sub_${strangers}`, amount_paid: 900 };
    put("subscriptions", subscription(strangers));
    isPlain = true;
    // Nobody knows this customer yet; the checkout tells, and its invoice is looked at again.
    expect((await send({ type: "invoice.paid", object: paid })).status).toBe(200);
    put("invoices", { ...paid, status: "paid" });
    const checkout = { id: `cs_${strangers}`, client_reference_id: userId, customer: strangers };
    const done = { ...checkout, subscription: paid.subscription, invoice: paid.id };
    expect((await send({ type: "checkout.session.completed", object: done })).status).toBe(200);
    expect(await plan(client)).toMatchObject({ plan: "basic", tier: "basic" });
    await send({ type: "invoice.paid", object: paid });
    expect((await credits(client)).balance).toBe(550);
    put("subscriptions", subscription(strangers, { price: "price_pro" }));
    await send({ type: "customer.subscription.updated", object: { id: paid.subscription } });
    isPlain = false;
    expect(await plan(client)).toMatchObject({ plan: "pro", tier: "pro" });
    // What failed before the newest event is over.
    const failed = { id: `in_failed_${strangers}`, customer: strangers, subscription: paid.subscription };
    await send({ type: "invoice.payment_failed", object: failed, created: seconds() - 60 });
    expect((await plan(client)).status).toBe("active");
  });

  it("are asked for again with 500 while Stripe is away, and lose nothing", async () => {
    const { client, customerId } = await customer();
    put("subscriptions", subscription(customerId));
    const paid = put("invoices", invoice(customerId));
    const event = { id: `evt_away_${customerId}`, type: "invoice.paid", object: paid };
    isAway = true;
    const failed = await send(event);
    isAway = false;
    expect([failed.status, failed.body.code]).toEqual([500, "internal"]);
    expect((await credits(client)).balance).toBe(50);
    expect((await send(event, { instance: 1 })).status).toBe(200);
    expect((await credits(client)).balance).toBe(550);
  });

  it("of failed payments leave the plan in its grace; the timer ends it when that is over", async () => {
    const { client, customerId } = await customer();
    put("subscriptions", subscription(customerId));
    await send({
      type: "customer.subscription.created",
      object: subscription(customerId),
      created: seconds(-9),
    });
    const open = { ...invoice(customerId), status: "open", amount_paid: 0 };
    put("invoices", open);
    await send({ type: "invoice.payment_failed", object: open, created: seconds(-8) });
    // Eight days ago: the grace of seven days is over as soon as it is looked at.
    expect(await plan(client)).toMatchObject({ status: "expired", tier: "free" });
    const other = await customer();
    const late = put("subscriptions", subscription(other.customerId, { status: "past_due" }));
    await send({ type: "customer.subscription.updated", object: late, created: seconds(-1) });
    expect(await plan(other.client)).toMatchObject({ status: "past_due", tier: "basic" });
  });

  it("of periods that no other followed end by the timer", async () => {
    const { client, customerId } = await customer();
    const ended = put("subscriptions", subscription(customerId, { start: seconds(-33) }));
    await send({ type: "customer.subscription.updated", object: ended });
    expect(await plan(client)).toMatchObject({ status: "active", tier: "basic" });
    await fetch(`${instances[0].url}/admin/functions/expire-subscriptions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: "" }),
    });
    await expect.poll(async () => (await plan(client)).status, { timeout: 15_000 }).toBe("expired");
    expect(await plan(client)).toMatchObject({ tier: "free" });
  });

  it("that nobody knows, or that are nobody's, are fine", async () => {
    expect((await send({ type: "customer.created", object: { id: "cus_x" } })).status).toBe(200);
    expect((await send({ type: "invoice.paid", object: invoice("cus_nobody") })).status).toBe(200);
    expect(
      (await send({ type: "charge.refunded", object: { id: "ch_x", amount: 5, amount_refunded: 5 } })).status,
    ).toBe(200);
  });
});

describe("signatures", () => {
  const object = { id: "cus_x" };
  const type = "customer.created";

  it("of the old secret are good while it is being replaced", async () => {
    expect((await send({ type, object }, { secret: oldSecret })).status).toBe(200);
  });

  it.each([
    ["of another secret", { secret: "whsec_other" }],
    ["too old", { signedAt: seconds() - 301 }],
    ["from the future", { signedAt: seconds() + 400 }],
    ["missing", { header: "" }],
    ["of another scheme", { header: `t=${seconds()},v0=${"a".repeat(64)}` }],
  ])("that are %s are refused", async (_name, options) => {
    const { status, body } = await send({ type, object }, options);
    expect([status, body.code]).toEqual([400, "validation_failed"]);
  });
});

describe("what Stripe is asked", () => {
  it("is one customer an account, and never the same page twice", async () => {
    const { userId } = await customer();
    const keys = requests
      .filter(({ path, body }) => path === "/v1/customers" && body.includes(userId))
      .map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys)).toEqual(new Set([`muse-customer-${userId}`]));
    const pages = requests.filter(({ path, body }) => path === "/v1/checkout/sessions" && body.includes(userId));
    expect(new Set(pages.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });
});

describe("the audit of credits", () => {
  it("finds nothing wrong after all of this", async () => {
    const { spawnSync } = await import("node:child_process");
    const audit = spawnSync(process.execPath, ["scripts/credits.ts"], {
      env: { ...process.env, ...surroundings.environment },
      encoding: "utf8",
    });
    expect(audit.stdout).toMatch(/^the books of all \d+ accounts balance\n$/);
    expect(audit.status).toBe(0);
  });
});
