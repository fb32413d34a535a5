import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { admin, withDocuments } from "../support/admin.ts";
import { anonymous, Client, eventually, guest } from "../support/client.ts";

let boss: Client;
let bossId: string;

beforeAll(async () => {
  ({ client: boss, userId: bossId } = await admin());
});

const idOf = async (client: Client): Promise<string> => (await client.get("/v1/users/me")).body.id;
const change = (client: Client, userId: string, body: unknown, headers: Record<string, string> = {}) =>
  client.call("PATCH", `/v1/admin/users/${userId}`, { body, headers });
const logsAbout = async (target: string) =>
  (await boss.get(`/v1/admin/audit-logs?target=${encodeURIComponent(target)}&limit=100`)).body.data;

async function registered() {
  const email = `${randomBytes(6).toString("hex")}@example.com`;
  const password = `long enough ${randomBytes(6).toString("hex")}`;
  const { status, body } = await anonymous().post("/v1/auth/register", { email, password });
  expect(status).toBe(201);
  return { email, password, client: new Client(boss.baseUrl, body.access_token), userId: body.user.id };
}

describe("the doors of administrators", () => {
  it.each([
    ["GET", "/v1/admin/overview"],
    ["GET", "/v1/admin/users"],
    ["GET", "/v1/admin/users/user_1"],
    ["PATCH", "/v1/admin/users/user_1"],
    ["GET", "/v1/admin/subscriptions"],
    ["GET", "/v1/admin/subscriptions/expiring"],
    ["GET", "/v1/admin/audit-logs"],
    ["GET", "/v1/admin/erasures"],
    ["POST", "/v1/admin/jobs/clean-local-caches/run"],
  ])("%s %s is closed to everybody else", async (method, path) => {
    expect((await anonymous().call(method, path)).status).toBe(401);
    const { status, body } = await (await guest()).call(method, path);
    expect([status, body.code]).toEqual([403, "forbidden"]);
  });

  it("cannot be opened by a request that names the role itself", async () => {
    const someone = await guest();
    expect((await someone.call("PATCH", "/v1/users/me", { body: { role: "admin" } })).status).toBe(400);
    expect((await someone.get("/v1/admin/overview")).status).toBe(403);
  });
});

describe("accounts, seen by an administrator", () => {
  it("are found by a part of their address, and show no secrets", async () => {
    const { email, userId } = await registered();
    const { status, body } = await boss.get(
      `/v1/admin/users?q=${encodeURIComponent(email.slice(2, 12).toUpperCase())}`,
    );
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([userId]);
    expect(body.data[0]).toMatchObject({ email, is_active: true, credits: { balance: 50, held: 0 } });
    expect(JSON.stringify(body)).not.toMatch(/hashed_password|token_version|\$2b\$/);
    expect((await boss.get("/v1/admin/users?q=.*")).body.data).toEqual([]);
  });

  it("are listed page by page, and by tier, role, state and credits", async () => {
    const first = (await boss.get("/v1/admin/users?limit=2")).body;
    const second = (await boss.get(`/v1/admin/users?limit=2&cursor=${first.next_cursor}`)).body;
    const ids = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(4);
    const admins = (await boss.get("/v1/admin/users?role=admin&limit=100")).body.data;
    expect(admins.map(({ id }: { id: string }) => id)).toContain(bossId);
    expect(admins.every(({ role }: { role: string }) => role === "admin")).toBe(true);
    const rich = (await boss.get("/v1/admin/users?low_credits=true&limit=100")).body.data;
    expect(rich.every(({ credits }: { credits: { balance: number } }) => credits.balance <= 10)).toBe(true);
    expect((await boss.get("/v1/admin/users?tier=enterprise&active=false")).status).toBe(200);
    expect((await boss.get("/v1/admin/users?tier=gold")).status).toBe(400);
    expect((await boss.get("/v1/admin/users?role[$ne]=user&limit=1")).status).toBe(200);
  });

  it("are not found when there is none", async () => {
    expect((await boss.get("/v1/admin/users/user_none")).status).toBe(404);
    expect((await change(boss, "user_none", { is_active: false })).status).toBe(404);
  });

  it("are written down when somebody looks at them", async () => {
    const userId = await idOf(await guest());
    await boss.get(`/v1/admin/users/${userId}`);
    expect(await logsAbout(userId)).toMatchObject([{ actor_id: bossId, action: "admin.users.read" }]);
  });
});

describe("what an administrator changes", () => {
  it("takes effect at once: tokens and keys of a deactivated account stop, and come back with it", async () => {
    const { client, userId, email, password } = await registered();
    const { key } = (await client.post("/v1/users/me/api-keys", { name: "mine" })).body;
    const withKey = new Client(boss.baseUrl, key);
    expect((await withKey.get("/v1/users/me")).status).toBe(200);
    expect((await change(boss, userId, { is_active: false })).body).toMatchObject({ is_active: false });
    expect((await client.get("/v1/users/me")).status).toBe(401);
    expect((await withKey.get("/v1/users/me")).status).toBe(401);
    expect((await anonymous().post("/v1/auth/login", { email, password })).status).toBe(403);
    await change(boss, userId, { is_active: true });
    expect((await anonymous().post("/v1/auth/login", { email, password })).status).toBe(200);
    expect((await client.get("/v1/users/me")).status).toBe(401);
    const [last, first] = await logsAbout(userId);
    expect(first).toMatchObject({
      actor_id: bossId,
      action: "admin.users.change",
      details: { before: { is_active: true }, after: { is_active: false } },
    });
    expect(last.details).toEqual({ before: { is_active: false }, after: { is_active: true } });
  });

  it("is a tier, whose limits hold from the next request on", async () => {
    const someone = await guest();
    const before = (await someone.get("/v1/users/me")).headers.get("ratelimit-limit");
    expect((await change(boss, await idOf(someone), { subscription_tier: "pro" })).status).toBe(200);
    const after = await someone.get("/v1/users/me");
    expect(after.body.subscription_tier).toBe("pro");
    expect(Number(after.headers.get("ratelimit-limit"))).toBeGreaterThan(Number(before));
  });

  it("is a role; and the books stay as they are", async () => {
    const someone = await guest();
    const userId = await idOf(someone);
    expect((await change(boss, userId, { role: "admin" })).body.role).toBe("admin");
    expect((await someone.get("/v1/admin/overview")).status).toBe(200);
    expect((await change(someone, userId, { role: "user" })).status).toBe(200);
    expect((await someone.get("/v1/admin/overview")).status).toBe(403);
  });

  it.each([
    [{}],
    [{ role: "owner" }],
    [{ credits_remaining: 1_000 }],
    [{ credits_adjustment: { amount: 0, reason: "nothing" } }],
    [{ credits_adjustment: { amount: 1.5, reason: "a half" } }],
    [{ credits_adjustment: { amount: 5 } }],
    [{ email: "other@example.com" }],
  ])("is refused as %j", async (body) => {
    expect((await change(boss, await idOf(await guest()), body)).status).toBe(400);
  });
});

describe("credits that an administrator gives or takes", () => {
  const books = async (client: Client) => (await client.get("/v1/users/me/credits")).body;

  it("are in the ledger once, however often the request comes", async () => {
    const someone = await guest();
    const userId = await idOf(someone);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { credits_adjustment: { amount: 30, reason: "An apology" } };
    const answers = [await change(boss, userId, body, headers), await change(boss, userId, body, headers)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const after = await books(someone);
    expect(after).toMatchObject({ balance: 50, held: 0, spent: 0, granted: 50 });
    expect(after.ledger[0]).toMatchObject({ reason: "adjustment", amount: 30, description: "An apology" });
    const adjustments = (await logsAbout(userId)).filter(
      ({ action }: { action: string }) => action === "admin.users.adjust_credits",
    );
    expect(adjustments).toMatchObject([{ details: { amount: 30, reason: "An apology", before: 20, after: 50 } }]);
  });

  it("never fall below nothing, and the books add up", async () => {
    const someone = await guest();
    const userId = await idOf(someone);
    const taken = await Promise.all(
      Array.from({ length: 6 }, () =>
        change(boss, userId, { credits_adjustment: { amount: -6, reason: "A correction" } }),
      ),
    );
    expect(taken.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(taken.filter(({ status }) => status === 422)).toHaveLength(3);
    const { balance, held, spent, granted, ledger } = await books(someone);
    expect([balance, held, spent, granted]).toEqual([2, 0, 0, 2]);
    expect(ledger.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0)).toBe(2);
  });
});

describe("subscriptions, seen by an administrator", () => {
  it("are those that end soon, the earliest first, and counts by plan", async () => {
    const tag = randomBytes(6).toString("hex");
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
    await withDocuments((database) =>
      database.collection<{ _id: string }>("subscriptions").insertMany(
        [3, 6, 20].map((days) => ({
          _id: `sub_${tag}_${days}`,
          user_id: `user_${tag}_${days}`,
          plan: "pro",
          status: "active",
          stripe_subscription_id: `stripe_${tag}_${days}`,
          billing_interval: "monthly",
          current_period_end: inDays(days),
          cancel_at_period_end: days === 3,
        })),
      ),
    );
    const ours = (data: { user_id: string }[]) => data.filter(({ user_id }) => user_id.includes(tag));
    const { body } = await boss.get("/v1/admin/subscriptions/expiring?days=7&limit=100");
    expect(ours(body.data)).toMatchObject([
      { user_id: `user_${tag}_3`, plan: "pro", cancel_at_period_end: true },
      { user_id: `user_${tag}_6`, cancel_at_period_end: false },
    ]);
    expect(ours((await boss.get("/v1/admin/subscriptions/expiring?days=30&limit=100")).body.data)).toHaveLength(3);
    expect((await boss.get("/v1/admin/subscriptions/expiring?days=0")).status).toBe(400);
    const counts = (await boss.get("/v1/admin/subscriptions")).body;
    expect(counts.active_by_plan.pro).toBeGreaterThanOrEqual(3);
    const overview = (await boss.get("/v1/admin/overview")).body;
    expect(overview.expiring_in_7_days).toBeGreaterThanOrEqual(2);
    expect(overview.users.by_tier.free).toBeGreaterThanOrEqual(1);
    expect(overview.users.total).toBeGreaterThanOrEqual(overview.users.active);
    expect(overview.queues.generations.status).toBe("up");
    await withDocuments((database) =>
      database.collection<{ user_id: string }>("subscriptions").deleteMany({ user_id: { $regex: tag } }),
    );
  });
});

describe("timer jobs that an administrator runs", () => {
  it("tell what they did, and are written down", async () => {
    const { status, body } = await eventually(
      () => boss.post("/v1/admin/jobs/clean-local-caches/run"),
      (answer) => answer.status !== 409,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ job: "clean-local-caches", summary: { removedFiles: expect.any(Number) } });
    expect(await logsAbout("clean-local-caches")).toContainEqual(
      expect.objectContaining({ actor_id: bossId, action: "admin.jobs.run" }),
    );
    const { jobs } = (await boss.get("/v1/admin/overview")).body;
    expect(jobs.map(({ name }: { name: string }) => name)).not.toContain("migrations");
    expect(jobs.map(({ name }: { name: string }) => name)).toContain("clean-local-caches");
  });

  it("are not found under another name", async () => {
    expect((await boss.post("/v1/admin/jobs/format-disk/run")).status).toBe(404);
    expect((await boss.post("/v1/admin/jobs/constructor/run")).status).toBe(404);
  });
});

describe("erasures, seen by an administrator", () => {
  it("are reported, and an account that is being erased does not come back", async () => {
    const someone = await guest();
    const userId = await idOf(someone);
    const { erasure_id } = (await someone.call("DELETE", "/v1/users/me")).body;
    expect((await change(boss, userId, { is_active: true })).status).toBe(409);
    await eventually(
      () => boss.post("/v1/admin/jobs/erase-accounts/run"),
      (answer) => answer.status === 200,
    );
    const reports = (await boss.get("/v1/admin/erasures?limit=100")).body.data;
    const report = reports.find(({ id }: { id: string }) => id === erasure_id);
    expect(report).toMatchObject({ status: "completed", attempts: 1, removed: { users: 1, sessions: 1 } });
    expect(JSON.stringify(report)).not.toContain(userId);
    expect((await boss.get(`/v1/admin/users/${userId}`)).status).toBe(404);
  });
});
