import { describe, expect, inject, it } from "vitest";
import { anonymous, Client, eventually, guest } from "../support/client.ts";

/** The paid path through the simulated Stripe, as a browser would click it. */

async function account(): Promise<Client> {
  const email = `${crypto.randomUUID()}@example.com`;
  const { body } = await anonymous().post("/v1/auth/register", { email, password: "a long way to Tipperary 1912" });
  return new Client(inject("baseUrl"), body.access_token);
}

const page = () => `${inject("baseUrl")}/api/app`;
const urls = () => ({ success_url: `${page()}?paid={CHECKOUT_SESSION_ID}`, cancel_url: page() });

/** Presses a button of a hosted page. @returns where the browser is led */
async function press(url: string, fields: Readonly<Record<string, string>>): Promise<string | null> {
  const response = await fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams(fields) });
  return response.headers.get("location");
}

async function checkout(client: Client, wanted: object): Promise<string> {
  const { status, body } = await client.post("/v1/billing/checkout", { ...wanted, ...urls() });
  expect(status).toBe(200);
  return body.url;
}

const portal = async (client: Client): Promise<string> => (await client.post("/v1/billing/portal")).body.url;
const credits = async (client: Client) => (await client.get("/v1/users/me/credits?limit=100")).body;
const subscription = async (client: Client) => (await client.get("/v1/billing/subscription")).body;
const has = (client: Client, expected: object) =>
  eventually(
    () => subscription(client),
    (found) => Object.entries(expected).every(([field, value]) => found[field] === value),
  );
const balanceIs = (client: Client, balance: number) =>
  eventually(
    () => credits(client),
    (found) => found.balance === balance,
  );

const expectBooks = async (client: Client) => {
  const { balance, held, spent, granted, ledger } = await credits(client);
  expect(balance + held + spent).toBe(granted);
  const amounts: number[] = ledger.map(({ amount }: { amount: number }) => amount);
  expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(balance + held);
  // The running totals go back to nothing.
  const oldest = ledger.at(-1);
  expect(ledger[0].total_after).toBe(balance + held);
  expect(oldest.total_after).toBe(oldest.amount);
};

describe("the plans", () => {
  it("are shown to anybody, with what they give and cost", async () => {
    const { status, body } = await anonymous().get("/v1/billing/plans");
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(["free", "basic", "pro", "enterprise"]);
    const [free, , pro] = body.data;
    expect(free).toMatchObject({ credits_per_month: 50, prices: null });
    expect(pro.prices.monthly).toMatchObject({ amount_minor: 2_900, currency: "usd", price_id: expect.any(String) });
    expect(pro.rate_limits.chat).toMatchObject({ requests: 300, window_seconds: 60 });
    expect(body).toMatchObject({ guest_credits: 20, is_for_sale: true });
    expect(body.packs[0]).toMatchObject({ id: "small", credits: 100 });
  });
});

describe("the paid path", () => {
  it("goes from free through checkout, more credits, another plan and cancelling back to free", async () => {
    const client = await account();
    expect(await subscription(client)).toMatchObject({ plan: "free", status: "active", credits_per_month: 50 });

    const hosted = await checkout(client, { plan: "basic", billing_interval: "monthly" });
    expect(await (await fetch(hosted)).text()).toContain("9.00 USD a month");
    expect(await press(hosted, { action: "decline" })).toBeNull();
    expect(await press(hosted, { action: "pay" })).toMatch(/\/api\/app\?paid=cs_/);
    await has(client, { plan: "basic", tier: "basic", status: "active" });
    await balanceIs(client, 550);
    expect((await client.get("/v1/users/me")).body.subscription_tier).toBe("basic");

    await client.post("/v1/chat", { content: "[[tokens:9]]" });
    await balanceIs(client, 549);
    expect((await subscription(client)).credits_used_this_period).toBe(1);

    const change = await client.post("/v1/billing/checkout", { plan: "pro", ...urls() });
    expect(change.body.kind).toBe("plan_change");
    await press(change.body.url, { action: "confirm", price: "price_simulated_pro_monthly" });
    await has(client, { plan: "pro", credits_per_month: 2_000 });
    // The rest of the month, some seconds less than all of it.
    await eventually(
      () => credits(client),
      ({ balance }) => balance > 2_030 && balance <= 2_049,
    );
    expect((await client.post("/v1/billing/checkout", { plan: "pro", ...urls() })).status).toBe(409);

    const manage = await portal(client);
    await press(manage, { action: "cancel" });
    await has(client, { cancel_at_period_end: true, status: "active", tier: "pro" });
    await press(manage, { action: "advance", days: "32" });
    await has(client, { status: "cancelled", tier: "free" });
    expect((await client.get("/v1/users/me")).body.subscription_tier).toBe("free");
    await expectBooks(client);
  });

  it("gives a pack once, and takes back what is refunded or disputed", async () => {
    const client = await account();
    await press(await checkout(client, { pack: "small" }), { action: "pay" });
    await balanceIs(client, 150);
    const manage = await portal(client);
    const charge = /value="(ch_[^"]+)"/.exec(await (await fetch(manage)).text())?.[1] ?? "";
    await press(manage, { action: "refund_half", charge });
    await balanceIs(client, 100);
    // The customer's bank turns the refund down.
    await press(manage, { action: "refund_fails", charge });
    await balanceIs(client, 150);
    await press(manage, { action: "refund_half", charge });
    await balanceIs(client, 100);
    await press(manage, { action: "dispute", charge });
    await balanceIs(client, 50);
    const dispute = /value="(dp_[^"]+)"/.exec(await (await fetch(manage)).text())?.[1] ?? "";
    await press(manage, { action: "dispute_won", dispute });
    await balanceIs(client, 100);
    await expectBooks(client);
  });

  it("keeps the plan for a while when a payment fails, and says so", async () => {
    const client = await account();
    await press(await checkout(client, { plan: "basic" }), { action: "pay" });
    await has(client, { plan: "basic" });
    await balanceIs(client, 550);
    const manage = await portal(client);
    await press(manage, { action: "bad_card" });
    await press(manage, { action: "advance", days: "31" });
    const late = await has(client, { status: "past_due", tier: "basic" });
    expect(Date.parse(late.grace_ends_at)).toBeGreaterThan(Date.now());
    await press(manage, { action: "good_card" });
    await has(client, { status: "active", grace_ends_at: null });
    await balanceIs(client, 1_050);
    await expectBooks(client);
  });

  it("begins with a trial once, tells of its end, and is paid afterwards", async () => {
    const client = await account();
    const { email } = (await client.get("/v1/users/me")).body;
    await press(await checkout(client, { plan: "pro" }), { action: "pay" });
    await has(client, { status: "trialing", tier: "pro" });
    await balanceIs(client, 250);
    const manage = await portal(client);
    await press(manage, { action: "advance", days: "5" });
    const mail = await eventually(
      async () => (await anonymous().get(`/dev/outbox?to=${email}`)).body.data,
      (found) => found.some(({ subject }: { subject: string }) => subject.includes("trial")),
    );
    expect(mail[0].to).toBe(email);
    await press(manage, { action: "advance", days: "7" });
    await has(client, { status: "active" });
    await balanceIs(client, 2_250);
    await press(manage, { action: "cancel_now" });
    await has(client, { status: "cancelled", tier: "free" });
    await press(await checkout(client, { plan: "pro" }), { action: "pay" });
    await has(client, { status: "active", tier: "pro" });
  });
});

describe("a checkout", () => {
  it("is refused to guests, who are told to register", async () => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/billing/checkout", { plan: "basic", ...urls() });
    expect([status, body.code]).toEqual([403, "forbidden"]);
    expect((await someone.post("/v1/billing/portal")).status).toBe(403);
  });

  it.each([
    ["another site", "https://evil.example/thanks"],
    ["a user name that looks like ours", "http://127.0.0.1:7071@evil.example/"],
    ["another port", "http://127.0.0.1:1/"],
    ["a script", "javascript:alert(1)"],
  ])("never leads to %s", async (_name, address) => {
    const client = await account();
    for (const field of ["success_url", "cancel_url"]) {
      const { status, body } = await client.post("/v1/billing/checkout", {
        plan: "basic",
        ...urls(),
        [field]: address,
      });
      expect([status, body.errors?.[0]?.path]).toEqual([400, field]);
    }
    expect((await client.post("/v1/billing/portal", { return_url: address })).status).toBe(400);
  });

  it("is of a plan or of a pack, and of nothing else", async () => {
    const client = await account();
    for (const wanted of [
      {},
      { plan: "basic", pack: "small" },
      { plan: "free" },
      { pack: "small", billing_interval: "yearly" },
      { plan: "basic", credits_remaining: 9 },
    ]) {
      expect((await client.post("/v1/billing/checkout", { ...wanted, ...urls() })).status).toBe(400);
    }
  });

  it("is one page for one idempotency key", async () => {
    const client = await account();
    const headers = { "idempotency-key": crypto.randomUUID() };
    const first = await client.post("/v1/billing/checkout", { plan: "basic", ...urls() }, { headers });
    const again = await client.post("/v1/billing/checkout", { plan: "basic", ...urls() }, { headers });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const other = await client.post("/v1/billing/checkout", { plan: "pro", ...urls() }, { headers });
    expect(other.status).toBe(422);
  });
});

describe("the webhook", () => {
  it.each([
    ["no signature", {}],
    ["a wrong signature", { "stripe-signature": `t=${Math.floor(Date.now() / 1_000)},v1=${"0".repeat(64)}` }],
    ["a broken signature", { "stripe-signature": "v1" }],
  ])("refuses an event with %s", async (_name, headers) => {
    const event = { id: "evt_1", type: "invoice.paid", data: { object: {} } };
    const { status, body } = await anonymous().post("/webhooks/stripe", event, { headers });
    expect([status, body.code]).toEqual([400, "validation_failed"]);
  });
});
