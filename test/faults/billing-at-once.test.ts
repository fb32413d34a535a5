import { once } from "node:events";
import { createServer } from "node:http";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCatalogue } from "../../src/local/simulated/stripe/catalogue.ts";
import { startSimulatedStripe } from "../../src/local/simulated/stripe/server.ts";
import { Client, eventually } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";
import { signedEvent } from "../support/stripe-stand-in.ts";

/** Two instances and the simulated Stripe, whose events come to both at once, or get lost. */

const secret = "whsec_at_once";
const publicUrl = "http://127.0.0.1:7071";
let surroundings: Surroundings;
let instances: [RunningMuse, RunningMuse];
let stripeUrl: string;
let driver: MongoClient;
/** What Stripe is answered in the place of both instances, which hear of nothing then. */
let answerForBoth: 200 | 503 | undefined;
let made = 0;

beforeAll(async () => {
  surroundings = await startSurroundings();
  driver = await new MongoClient(surroundings.databaseUri).connect();
  surroundings.atEnd(() => driver.close());
  const relay = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const header = String(request.headers["stripe-signature"]);
    const deliver = () => Promise.all(instances.map((muse) => post(muse, body, header)));
    response.writeHead(answerForBoth ?? Math.max(...(await deliver()))).end();
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const { port } = relay.address() as { port: number };
  const stripe = await startSimulatedStripe({
    port: 0,
    file: undefined,
    webhookUrl: `http://127.0.0.1:${port}/`,
    webhookSecret: secret,
    environment: {},
  });
  stripeUrl = stripe.url;
  surroundings.atEnd(async () => {
    relay.closeAllConnections();
    relay.close();
    await stripe.stop();
  });
  const environment = {
    ...Object.fromEntries(createCatalogue({}).map(({ setting, entry }) => [setting, entry.id])),
    STRIPE_SECRET_KEY: "sk_test_at_once",
    STRIPE_API_BASE: stripe.url,
    STRIPE_WEBHOOK_SECRET: secret,
    PUBLIC_BASE_URL: publicUrl,
    LOG_LEVEL: "error",
  };
  instances = [await surroundings.start("one", environment), await surroundings.start("two", environment)];
});

afterAll(() => surroundings.end());

async function post(muse: RunningMuse, body: string, header: string): Promise<number> {
  const headers = { "stripe-signature": header };
  return (await new Client(muse.url).call("POST", "/webhooks/stripe", { body, headers })).status;
}

const seconds = () => Math.floor(Date.now() / 1_000);
const collection = (name: string) => driver.db(surroundings.databaseName).collection<{ _id: string }>(name);
const subscription = async (client: Client) => (await client.get("/v1/billing/subscription")).body;
const credits = async (client: Client) => (await client.get("/v1/users/me/credits?limit=100")).body;

/** An event that is not the simulated Stripe's own. */
async function send(type: string, object: unknown, created = seconds()): Promise<number> {
  made += 1;
  const event = { id: `evt_${made}`, type, object, created };
  const { body, signature } = signedEvent(event, { secret, signedAt: seconds() });
  return post(instances[0], body, signature);
}

async function account(): Promise<{ client: Client; userId: string }> {
  const email = `${crypto.randomUUID()}@example.com`;
  const password = "a long way to Tipperary 1912";
  const { body } = await new Client(instances[0].url).post("/v1/auth/register", { email, password });
  return { client: new Client(instances[0].url, body.access_token), userId: body.user.id };
}

/** @returns the address of the page to pay on */
async function open(client: Client, wanted: object): Promise<string> {
  const urls = { success_url: `${publicUrl}/api/app`, cancel_url: `${publicUrl}/api/app` };
  const { status, body } = await client.post("/v1/billing/checkout", { ...wanted, ...urls });
  expect(status).toBe(200);
  return body.url;
}

const pay = (url: string) =>
  fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams({ action: "pay" }) });

async function subscriber() {
  const someone = await account();
  await pay(await open(someone.client, { plan: "basic" }));
  await eventually(
    () => credits(someone.client),
    ({ balance }) => balance === 550,
  );
  await eventually(
    () => subscription(someone.client),
    ({ tier }) => tier === "basic",
  );
  const { stripe_subscription_id: id } = await subscription(someone.client);
  return { ...someone, atStripe: await askStripe(`/v1/subscriptions/${id}`) };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the simulated Stripe says
async function askStripe(path: string, form?: Readonly<Record<string, string>>): Promise<any> {
  const body = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
  return (await fetch(`${stripeUrl}${path}`, body)).json();
}

async function run(job: string): Promise<void> {
  await fetch(`${instances[0].url}/admin/functions/${job}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: "" }),
  });
}

describe("pages to pay on", () => {
  it("for plans: only the newest stays open, also of several that are opened at once", async () => {
    const { client } = await account();
    const first = await open(client, { plan: "basic" });
    const pack = await open(client, { pack: "small" });
    const others = await Promise.all(Array.from({ length: 4 }, () => open(client, { plan: "pro" })));
    const statuses = await Promise.all(
      [first, pack, ...others].map(async (url) => {
        const id = url.split("/").at(-1);
        return (await askStripe(`/v1/checkout/sessions/${id}`)).status;
      }),
    );
    expect(statuses.slice(0, 2)).toEqual(["expired", "open"]);
    expect(statuses.slice(2).sort()).toEqual(["expired", "expired", "expired", "open"]);
    expect(await (await fetch(first)).text()).toContain("expired");
  });
});

describe("a page for a plan that is opened when another was just paid", () => {
  it("changes the plan that no event has told of yet", async () => {
    const { client } = await account();
    const first = await open(client, { plan: "basic" });
    answerForBoth = 200;
    await pay(first);
    const urls = { success_url: publicUrl, cancel_url: publicUrl };
    const second = await client.post("/v1/billing/checkout", { plan: "pro", ...urls });
    answerForBoth = undefined;
    expect([second.status, second.body.kind]).toEqual([200, "plan_change"]);
    expect(await subscription(client)).toMatchObject({ plan: "basic", status: "active", tier: "basic" });
    expect((await client.post("/v1/billing/checkout", { plan: "basic", ...urls })).status).toBe(409);
  });
});

describe("events in the same moment", () => {
  it("change a plan once, and note that once as use", async () => {
    const { client, userId } = await subscriber();
    expect(await credits(client)).toMatchObject({ balance: 550, granted: 550 });
    const changes = () =>
      collection("usage_logs").countDocuments({ user_id: userId, action_type: "subscription_change" });
    // What both instances noted until now is written when the note of a later request is.
    for (const muse of instances) await new Client(muse.url, client.token).get("/v1/users/me/stats");
    const later = { user_id: userId, "metadata.endpoint": /stats/ };
    await eventually(
      () => collection("usage_logs").countDocuments(later),
      (count) => count === instances.length,
    );
    expect(await changes()).toBe(1);
  });

  it("leave a plan ended that an update from before its end finds alive", async () => {
    const { client, atStripe } = await subscriber();
    const ended = { ...atStripe, status: "canceled", canceled_at: seconds() };
    expect(await send("customer.subscription.deleted", ended, seconds() + 1)).toBe(200);
    expect(await send("customer.subscription.updated", atStripe, seconds() - 60)).toBe(200);
    expect(await subscription(client)).toMatchObject({ status: "cancelled", tier: "free" });
  });

  it("leave the other plan to whoever has two of them and ends one", async () => {
    const { client, userId, atStripe } = await subscriber();
    // A second page that was paid in the same moment.
    const page = await askStripe("/v1/checkout/sessions", {
      mode: "subscription",
      customer: atStripe.customer,
      success_url: publicUrl,
      cancel_url: publicUrl,
      "line_items[0][price]": "price_simulated_pro_monthly",
      "subscription_data[metadata][user_id]": userId,
    });
    await pay(page.url);
    const doubled = () =>
      collection("audit_logs").countDocuments({ action: "subscription.doubled", target_id: userId });
    await eventually(doubled, (count) => count === 1);
    const { plan: known, stripe_subscription_id: id } = await subscription(client);
    await fetch(`${stripeUrl}/v1/subscriptions/${id}`, { method: "DELETE" });
    const left = await eventually(
      () => subscription(client),
      ({ plan }) => plan !== known,
    );
    expect(left).toMatchObject({ status: "active", tier: known === "pro" ? "basic" : "pro" });
  });
});

describe("events that never came", () => {
  it("of refunds and disputes are made up for by the comparison with Stripe, once", async () => {
    const { client } = await account();
    const [refunded, disputed, won] = [1, 2, 3].map(() => open(client, { pack: "small" }));
    for (const page of [refunded, disputed, won]) await pay((await page) ?? "");
    await eventually(
      () => credits(client),
      ({ balance }) => balance === 350,
    );
    const customer = (await collection("users").findOne({
      _id: (await client.get("/v1/users/me")).body.id,
    })) as unknown as {
      stripe_customer_id: string;
    };
    const { data } = await askStripe("/v1/charges?limit=100");
    const charges: { id: string; customer: string }[] = data;
    const [one, two, three] = charges.filter((charge) => charge.customer === customer.stripe_customer_id);
    answerForBoth = 200;
    await askStripe("/v1/refunds", { charge: one?.id ?? "", amount: "100" });
    await askStripe("/v1/refunds", { charge: one?.id ?? "", amount: "150" });
    await askStripe("/_control/disputes", { charge: two?.id ?? "" });
    const { id: dispute } = await askStripe("/_control/disputes", { charge: three?.id ?? "" });
    await run("reconcile-subscriptions");
    await eventually(
      () => credits(client),
      ({ balance }) => balance === 100,
    );
    await askStripe(`/_control/disputes/${dispute}`, { status: "won" });
    await run("reconcile-subscriptions");
    await eventually(
      () => credits(client),
      ({ balance }) => balance === 200,
    );
    answerForBoth = undefined;
    await send("charge.refunded", await askStripe(`/v1/charges/${one?.id}`));
    expect(await credits(client)).toMatchObject({ balance: 200, granted: 200 });
  });

  it("are processed by the comparison with Stripe when they could not be delivered, and once when they are then", async () => {
    const { client } = await account();
    const page = await open(client, { plan: "basic" });
    answerForBoth = 503;
    await pay(page);
    expect((await credits(client)).balance).toBe(50);
    await run("reconcile-subscriptions");
    await eventually(
      () => credits(client),
      ({ balance }) => balance === 550,
    );
    expect(await subscription(client)).toMatchObject({ plan: "basic", status: "active", tier: "basic" });
    answerForBoth = undefined;
    await eventually(
      () => askStripe("/v1/events?delivery_success=false"),
      ({ data }) => data.length === 0,
      90_000,
    );
    expect(await credits(client)).toMatchObject({ balance: 550, granted: 550 });
  }, 120_000);

  it("of a pack that nothing names are shown to the operator", async () => {
    const { client, userId } = await account();
    const nameless = {
      id: `cs_nameless_${made}`,
      object: "checkout.session",
      mode: "payment",
      payment_status: "paid",
      client_reference_id: userId,
      amount_total: 500,
    };
    expect(await send("checkout.session.completed", nameless)).toBe(200);
    expect(await send("checkout.session.completed", nameless)).toBe(200);
    // Of somebody else's product.
    expect(await send("checkout.session.completed", { ...nameless, client_reference_id: null })).toBe(200);
    expect(await client.balance()).toBe(50);
    const audited = await collection("audit_logs").find({ action: "purchase.not_given" }).toArray();
    expect(audited).toMatchObject([
      { target_id: userId, details: { checkout: nameless.id, amount_minor: 500, missing: "pack" } },
    ]);
    expect(instances[0].output()).toContain("no credits were given");
  });
});

describe("an account with a plan that is erased", () => {
  it("leaves no plan, no page to pay on, and nothing that its last events wrote", async () => {
    const { client, userId, atStripe } = await subscriber();
    const page = await open(client, { pack: "small" });
    expect((await client.call("DELETE", "/v1/users/me")).status).toBe(202);
    await run("erase-accounts");
    await eventually(
      () => collection("erasure_reports").countDocuments({ status: "completed" }),
      (count) => count === 1,
    );
    // Later than whatever the events of the end could still write.
    await send("customer.subscription.deleted", await askStripe(`/v1/subscriptions/${atStripe.id}`));
    await send("invoice.paid", await askStripe(`/v1/invoices/${atStripe.latest_invoice}`));
    const left: string[] = [];
    for (const { name } of await driver.db(surroundings.databaseName).listCollections().toArray()) {
      const documents = await collection(name).find().toArray();
      left.push(
        ...documents.filter((each) => JSON.stringify(each).includes(userId)).map(({ _id }) => `${name} ${_id}`),
      );
    }
    expect(left).toEqual([]);
    const kept = await collection("subscriptions").findOne({ stripe_subscription_id: atStripe.id });
    expect(kept).toMatchObject({ status: "cancelled" });
    expect(await (await fetch(page)).text()).toContain("expired");
  });
});

describe("the books", () => {
  it("explain credits whose entry a crash left with the account", async () => {
    const { client, userId } = await account();
    await credits(client);
    const entry = {
      _id: `purchase:cs_left_${userId}`,
      user_id: userId,
      reason: "purchase",
      resource_id: `cs_left_${userId}`,
      amount_credits: 100,
      description: "100 credits bought",
      created_at: new Date(),
    };
    await driver
      .db(surroundings.databaseName)
      .collection<{ _id: string; unbooked_entries: object[] }>("users")
      .updateOne(
        { _id: userId },
        {
          $inc: { credits_remaining: 100, credits_granted: 100 },
          $set: { unbooked_since: new Date() },
          $push: { unbooked_entries: entry },
        },
      );
    const { balance, ledger } = await credits(client);
    expect([balance, ledger[0]?.id, ledger[0]?.total_after]).toEqual([150, entry._id, 150]);
  });

  it("balance after all of this", async () => {
    const { spawnSync } = await import("node:child_process");
    const audit = spawnSync(process.execPath, ["scripts/credits.ts"], {
      env: { ...process.env, ...surroundings.environment },
      encoding: "utf8",
    });
    expect(audit.stdout).toMatch(/^the books of all \d+ accounts balance\n$/);
  });
});
