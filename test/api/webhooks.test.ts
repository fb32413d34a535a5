import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import { type Client, eventually, guest } from "../support/client.ts";
import { type Received, type Receiver, startReceiver } from "../support/receiver.ts";

const quick = { image_size: "64x64" } as const;
const opened: Receiver[] = [];

afterEach(() => {
  for (const receiver of opened.splice(0)) receiver.close();
});

async function receiver(status?: (request: number) => number | null): Promise<Receiver> {
  const started = await startReceiver(status);
  opened.push(started);
  return started;
}

async function submit(client: Client, webhookUrl: string, prompt = "x"): Promise<string> {
  const { status, body } = await client.post("/v1/generations", { prompt, webhook_url: webhookUrl, ...quick });
  expect(status).toBe(202);
  expect(body.webhook_url).toBe(webhookUrl);
  return body.id;
}

const told = (to: Receiver, count = 1) =>
  eventually(
    async () => to.received,
    (all) => all.length >= count,
  );

const secretOf = async (client: Client): Promise<string> =>
  (await client.get("/v1/users/me/webhook-secret")).body.secret;

function verify(secret: string, { body, headers }: Received): { id: string; status: string; images: object[] } {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as ReturnType<typeof verify>;
}

describe("webhooks of generations", () => {
  it("bring the generation as it can be read, signed with the account's secret", async () => {
    const [someone, other] = [await guest(), await guest()];
    const to = await receiver();
    const id = await submit(someone, to.url);
    const [request] = (await told(to)) as [Received];
    expect(request.headers["content-type"]).toBe("application/json");
    const payload = verify(await secretOf(someone), request);
    expect(payload).toMatchObject({ id, status: "completed" });
    expect(payload).toEqual((await someone.get(`/v1/generations/${id}`)).body);
    const otherSecret = await secretOf(other);
    expect(() => verify(otherSecret, request)).toThrow();
    expect(() => verify(otherSecret, { ...request, body: `${request.body} ` })).toThrow();
  });

  it("are tried again with the same id until the receiver takes them, and never hold the job up", async () => {
    const someone = await guest();
    const to = await receiver((request) => [500, 302][request] ?? 204);
    const id = await submit(someone, to.url);
    expect((await someone.get(`/v1/generations/${id}?wait=60`)).body.status).toBe("completed");
    const requests = await told(to, 2);
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(requests.map(({ path }) => path)).not.toContain("/elsewhere");
    const secret = await secretOf(someone);
    for (const request of requests) expect(verify(secret, request).id).toBe(id);
  });

  it("tell of a failure and of a cancel too, with the credits back", async () => {
    const someone = await guest();
    const to = await receiver();
    const failed = await submit(someone, to.url, "x [[fail:garbage]]");
    const stalled = await submit(someone, to.url, "x [[stall]]");
    await someone.post(`/v1/generations/${stalled}/cancel`);
    const secret = await secretOf(someone);
    const payloads = (await told(to, 2)).map((request) => verify(secret, request));
    expect(Object.fromEntries(payloads.map(({ id, status }) => [id, status]))).toEqual({
      [failed]: "failed",
      [stalled]: "cancelled",
    });
    expect((await someone.get("/v1/users/me/credits")).body).toMatchObject({ balance: 20, held: 0 });
  });

  it("are signed with the old secret too for a while after it was replaced", async () => {
    const someone = await guest();
    const to = await receiver();
    const old = await secretOf(someone);
    const { status, body } = await someone.post("/v1/users/me/webhook-secret");
    expect([status, body.secret]).toEqual([200, expect.stringMatching(/^whsec_/)]);
    expect(body.secret).not.toBe(old);
    expect(Date.parse(body.previous_valid_until)).toBeGreaterThan(Date.now());
    await submit(someone, to.url);
    const [request] = (await told(to)) as [Received];
    expect(verify(old, request)).toEqual(verify(body.secret, request));
    await someone.post("/v1/users/me/webhook-secret");
    const newest = await secretOf(someone);
    expect([old, body.secret]).not.toContain(newest);
    await submit(someone, to.url);
    const [, another] = (await told(to, 2)) as [Received, Received];
    // The first was promised a day, which a second change does not cut short.
    for (const secret of [old, body.secret, newest])
      expect(verify(secret, another)).toMatchObject({ status: "completed" });
  });

  it.each([
    "not an address",
    "ftp://example.org/hook",
    "http://user:password@example.org/hook",
    "http://10.0.0.1/hook",
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00::1]/hook",
    "https://192.168.0.10/hook",
  ])("do not go to %s", async (webhook_url) => {
    const someone = await guest();
    const { status, body } = await someone.post("/v1/generations", { prompt: "x", webhook_url, ...quick });
    expect([status, body.errors[0].path]).toEqual([400, "webhook_url"]);
    expect(await someone.balance()).toBe(20);
  });
});
