import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";
import { signedEvent, startStripe } from "../support/stripe-stand-in.ts";

/** A Stripe behind a path of its address, which says less than it should, late, or to nobody. */

const secret = "whsec_repairs";
const basePath = "/stand-ins/stripe";
let surroundings: Surroundings;
let muse: RunningMuse;
let environment: Readonly<Record<string, string>>;

/** Things of Stripe by path; a path that is not here is unknown to it. */
const things = new Map<string, unknown>();
const customers = new Map<string, string>();
const isDeleted = new Set<string>();
let isPriceMissing = false;
/** What it never answers about. */
let silentAbout: string | undefined;
let wasSilent = false;
let made = 0;

beforeAll(async () => {
  surroundings = await startSurroundings();
  const stripe = await startStripe(({ method, path: asked, body }, response) => {
    const path = asked.startsWith(basePath) ? asked.slice(basePath.length) : "/elsewhere";
    if (path === silentAbout) {
      wasSilent = true;
      return;
    }
    const { status, thing } =
      method === "POST" ? answerPost(path, new URLSearchParams(body)) : { status: 200, thing: things.get(path) };
    response.writeHead(thing === undefined ? 404 : status, { "content-type": "application/json" });
    response.end(JSON.stringify(thing ?? { error: { type: "invalid_request_error", message: "no" } }));
  });
  surroundings.atEnd(async () => stripe.stop());
  environment = {
    STRIPE_SECRET_KEY: "sk_test_stand_in",
    STRIPE_API_BASE: `${stripe.url}${basePath}/`,
    STRIPE_WEBHOOK_SECRET: secret,
    STRIPE_PRICE_BASIC_MONTHLY: "price_basic",
    STRIPE_PRICE_PRO_MONTHLY: "price_pro",
    STRIPE_PRICE_PACK_SMALL: "price_small",
    LOG_LEVEL: "error",
  };
  muse = await surroundings.start("repairs", environment);
});

afterAll(() => surroundings.end());

const missing = (param: string) => ({
  status: 400,
  thing: { error: { type: "invalid_request_error", code: "resource_missing", param, message: "No such thing" } },
});

function answerPost(path: string, form: URLSearchParams): { status: number; thing: unknown } {
  made += 1;
  if (path === "/v1/customers") {
    const id = `cus_${made}_${crypto.randomUUID()}`;
    customers.set(form.get("metadata[user_id]") ?? "", id);
    return { status: 200, thing: { id, object: "customer" } };
  }
  if (path !== "/v1/checkout/sessions") return { status: 404, thing: undefined };
  if (isDeleted.has(form.get("customer") ?? "")) return missing("customer");
  if (isPriceMissing) return missing("line_items[0][price]");
  return { status: 200, thing: { id: `cs_${made}`, object: "checkout.session", url: "https://pay.example/" } };
}

const now = () => Math.floor(Date.now() / 1_000);
const day = 86_400;

interface Account {
  readonly client: Client;
  readonly userId: string;
  customerId(): string;
  /** @returns the answer's status */
  checkout(): Promise<number>;
}

async function account(): Promise<Account> {
  const email = `${crypto.randomUUID()}@example.com`;
  const { body } = await new Client(muse.url).post("/v1/auth/register", {
    email,
    password: "a long way to Tipperary 1912",
  });
  const client = new Client(muse.url, body.access_token);
  const back = `${muse.url}/api/app`;
  const userId: string = body.user.id;
  const checkout = async () =>
    (await client.post("/v1/billing/checkout", { plan: "basic", success_url: back, cancel_url: back })).status;
  expect(await checkout()).toBe(200);
  return { client, userId, checkout, customerId: () => customers.get(userId) ?? "" };
}

async function send(type: string, object: unknown, id?: string, created = now()): Promise<number> {
  made += 1;
  const event = { id: id ?? `evt_${made}`, type, object, created };
  const { body, signature } = signedEvent(event, { secret, signedAt: now() });
  const headers = { "stripe-signature": signature };
  return (await new Client(muse.url).call("POST", "/webhooks/stripe", { body, headers })).status;
}

const item = (id: string, price: object, start = now() - day) => ({
  id,
  price,
  current_period_start: start,
  current_period_end: start + 30 * day,
});

function subscription({ customerId }: Account, changes: object = {}) {
  const id = `sub_${customerId()}`;
  const items = { data: [item(`si_${id}`, { id: "price_basic" })] };
  return {
    ...{ id, object: "subscription", customer: customerId(), status: "active", created: now() - 20 * day, items },
    ...changes,
  };
}

function paidPack({ customerId, userId }: Account, changes: object = {}) {
  return {
    id: `cs_pack_${customerId()}`,
    object: "checkout.session",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    created: now() - 3_600,
    customer: customerId(),
    client_reference_id: userId,
    payment_intent: `pi_${customerId()}`,
    amount_total: 500,
    ...changes,
  };
}

const plan = async ({ client }: Account) => (await client.get("/v1/billing/subscription")).body;
const list = (...data: readonly unknown[]) => ({ object: "list", data, has_more: false });

async function reconcile(): Promise<void> {
  await fetch(`${muse.url}/admin/functions/reconcile-subscriptions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: "" }),
  });
}

describe("a checkout", () => {
  it("keeps its customer when it is the price that Stripe does not know", async () => {
    const someone = await account();
    const customerId = someone.customerId();
    isPriceMissing = true;
    expect(await someone.checkout()).toBe(503);
    isPriceMissing = false;
    expect(await someone.checkout()).toBe(200);
    expect(someone.customerId()).toBe(customerId);
  });

  it("gets another customer when Stripe does not know the old one any more", async () => {
    const someone = await account();
    const customerId = someone.customerId();
    isDeleted.add(customerId);
    expect(await someone.checkout()).toBe(200);
    expect(someone.customerId()).not.toBe(customerId);
  });
});

describe("what was paid for is given", () => {
  it("of a pack whose metadata is gone, by the price that was paid", async () => {
    const someone = await account();
    const pack = paidPack(someone);
    things.set(`/v1/checkout/sessions/${pack.id}`, {
      ...pack,
      line_items: list({ price: { id: "price_small" }, quantity: 2 }),
    });
    expect(await send("checkout.session.completed", pack)).toBe(200);
    expect(await someone.client.balance()).toBe(250);
  });

  it("of a pack whose metadata has more than texts", async () => {
    const someone = await account();
    const metadata = { user_id: someone.userId, pack: "small", credits: 100, note: null };
    expect(await send("checkout.session.completed", paidPack(someone, { metadata }))).toBe(200);
    expect(await someone.client.balance()).toBe(150);
  });

  it("of a plan that has other items beside it", async () => {
    const someone = await account();
    const items = [
      item("si_seats", { id: "price_of_seats", recurring: {} }),
      item("si_plan", { id: "price_pro", recurring: { interval: "month" } }),
    ];
    const metadata = { user_id: someone.userId };
    expect(
      await send("customer.subscription.created", subscription(someone, { metadata, items: { data: items } })),
    ).toBe(200);
    expect(await plan(someone)).toMatchObject({ plan: "pro", tier: "pro", status: "active" });
  });
});

describe("a cancelled subscription", () => {
  it("has ended, though Stripe still shows it alive", async () => {
    const someone = await account();
    const alive = subscription(someone);
    things.set(`/v1/subscriptions/${alive.id}`, alive);
    await send("customer.subscription.created", alive);
    expect(await plan(someone)).toMatchObject({ tier: "basic", status: "active" });
    await send("customer.subscription.deleted", { ...alive, status: "canceled", canceled_at: now() });
    expect(await plan(someone)).toMatchObject({ tier: "free", status: "cancelled" });
  });

  it("has ended, whatever is answered to who asks for the others that its customer has", async () => {
    const someone = await account();
    expect(await send("customer.subscription.created", subscription(someone))).toBe(200);
    things.set("/v1/subscriptions", {});
    expect(await send("customer.subscription.deleted", subscription(someone, { status: "canceled" }))).toBe(200);
    things.delete("/v1/subscriptions");
    expect(await plan(someone)).toMatchObject({ tier: "free", status: "cancelled" });
  });
});

describe("a subscription that Stripe cannot show", () => {
  const line = { amount: 900, period: { start: now() - day, end: now() + 29 * day }, price: { id: "price_basic" } };

  it("becomes past due by a failed payment, and active by the paid one", async () => {
    const someone = await account();
    const { id, customer } = subscription(someone);
    await send("customer.subscription.created", subscription(someone));
    const open = { id: `in_${id}`, object: "invoice", customer, subscription: id, status: "open" };
    const invoice = { ...open, lines: list(line) };
    expect(await send("invoice.payment_failed", invoice)).toBe(200);
    expect(await plan(someone)).toMatchObject({
      status: "past_due",
      tier: "basic",
      grace_ends_at: expect.stringMatching(/Z$/),
    });
    expect(await send("invoice.paid", { ...invoice, status: "paid", amount_paid: 900 })).toBe(200);
    expect(await plan(someone)).toMatchObject({ status: "active", tier: "basic", grace_ends_at: null });
    expect(await someone.client.balance()).toBe(550);
  });

  it("stays cancelled, whatever events of the same second come after", async () => {
    const someone = await account();
    await send("customer.subscription.created", subscription(someone));
    await send("customer.subscription.deleted", subscription(someone, { status: "canceled", canceled_at: now() }));
    await send("customer.subscription.updated", subscription(someone));
    expect(await plan(someone)).toMatchObject({ status: "cancelled", tier: "free" });
  });
});

describe("a failed payment", () => {
  async function subscribed() {
    const someone = await account();
    const alive = subscription(someone);
    things.set(`/v1/subscriptions/${alive.id}`, alive);
    await send("customer.subscription.created", alive);
    const invoice = { object: "invoice", customer: alive.customer, subscription: alive.id, status: "open" };
    return { someone, alive, failed: { ...invoice, id: `in_${alive.id}` } };
  }

  it("changes nothing when what came later was heard of before, even if that said nothing new", async () => {
    const { someone, alive, failed } = await subscribed();
    await send("customer.subscription.updated", alive, undefined, now() + 20);
    await send("invoice.payment_failed", failed, undefined, now() + 10);
    expect(await plan(someone)).toMatchObject({ status: "active", grace_ends_at: null });
    await send("invoice.payment_failed", failed, undefined, now() + 30);
    expect(await plan(someone)).toMatchObject({ status: "past_due", tier: "basic" });
  });

  it("changes nothing when its invoice was paid by then, in whatever order both are heard of", async () => {
    const { someone, failed } = await subscribed();
    const at = now() + 5;
    await send("invoice.paid", { ...failed, status: "paid", amount_paid: 900 }, undefined, at);
    await send("invoice.payment_failed", failed, undefined, at);
    expect(await plan(someone)).toMatchObject({ status: "active", grace_ends_at: null });
    expect(await someone.client.balance()).toBe(550);
  });
});

describe("a subscription whose first payment never came", () => {
  it("was none: it neither shows nor costs the trial", async () => {
    const someone = await account();
    for (const status of ["incomplete", "incomplete_expired"]) {
      expect(await send("customer.subscription.updated", subscription(someone, { status }))).toBe(200);
      expect(await plan(someone)).toMatchObject({ id: null, plan: "free", status: "active" });
    }
  });
});

describe("the comparison with Stripe", () => {
  it("processes what could not be delivered, however old its object is, once, whatever else fails", async () => {
    const someone = await account();
    const pack = paidPack(someone, { created: now() - 20 * day, metadata: { user_id: someone.userId, pack: "small" } });
    things.set(`/v1/checkout/sessions/${pack.id}`, pack);
    const event = (id: string, object: object, type = "checkout.session.completed") => ({
      ...{ id, object: "event", type, created: now() - 20 * day },
      data: { object },
    });
    const broken = event(`evt_broken_${pack.id}`, { id: `ch_${pack.id}`, object: "charge" }, "charge.refunded");
    const unheard = event(`evt_unheard_${pack.id}`, {}, "product.created");
    const undelivered = event(`evt_late_${pack.id}`, { id: pack.id, object: "checkout.session" });
    things.set("/v1/events", list(unheard, undelivered, broken, { object: "event" }));
    await reconcile();
    await expect.poll(() => someone.client.balance(), { timeout: 15_000 }).toBe(150);
    expect(await send(undelivered.type, undelivered.data.object, undelivered.id)).toBe(200);
    expect(await someone.client.balance()).toBe(150);
    things.delete("/v1/events");
  });

  it("gives packs that no event told of, once", async () => {
    const someone = await account();
    const metadata = { user_id: someone.userId, pack: "small", credits: "100" };
    const pack = paidPack(someone, { metadata });
    const unpaid = { ...pack, id: `${pack.id}_unpaid`, payment_status: "unpaid" };
    things.set("/v1/checkout/sessions", list(pack, unpaid));
    await reconcile();
    await expect.poll(() => someone.client.balance(), { timeout: 15_000 }).toBe(150);
    expect(await send("checkout.session.completed", pack)).toBe(200);
    expect(await someone.client.balance()).toBe(150);
  });

  it("finds an end that no event told of, of a subscription made long ago and looked at just now", async () => {
    const someone = await account();
    const alive = subscription(someone);
    things.set(`/v1/subscriptions/${alive.id}`, alive);
    await send("customer.subscription.created", alive);
    expect(await plan(someone)).toMatchObject({ tier: "basic", status: "active" });
    things.set(`/v1/subscriptions/${alive.id}`, { ...alive, status: "canceled", canceled_at: now() });
    await reconcile();
    await expect.poll(async () => (await plan(someone)).status, { timeout: 15_000 }).toBe("cancelled");
    expect(await plan(someone)).toMatchObject({ tier: "free" });
  });
});

describe("an event that was at work when its instance died", () => {
  it("is processed by its next delivery, on another instance", async () => {
    const someone = await account();
    const alive = subscription(someone);
    things.set(`/v1/subscriptions/${alive.id}`, alive);
    silentAbout = `/v1/subscriptions/${alive.id}`;
    const event = `evt_dead_${someone.userId}`;
    const first = send("customer.subscription.created", alive, event).catch(() => "died");
    await expect.poll(() => wasSilent, { timeout: 10_000 }).toBe(true);
    await muse.kill();
    expect(await first).toBe("died");
    silentAbout = undefined;
    muse = await surroundings.start("another", environment);
    expect(await send("customer.subscription.created", alive, event)).toBe(200);
    const client = new Client(muse.url, someone.client.token);
    expect(await plan({ ...someone, client })).toMatchObject({ tier: "basic", status: "active" });
  });
});
