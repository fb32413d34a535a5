import { describe, expect, it } from "vitest";
import { Client, eventually, guest } from "../support/client.ts";

const path = "/v1/users/me/api-keys";

async function newKey(owner: Client, name = "my laptop") {
  const { status, body } = await owner.post(path, { name });
  expect(status).toBe(201);
  return { ...body, client: new Client(owner.baseUrl, body.key) };
}

describe("API keys", () => {
  it("are shown once, and listed without the key", async () => {
    const owner = await guest();
    const { client: _, ...created } = await newKey(owner);
    expect(created.key).toMatch(/^muse_sk_[A-Za-z0-9_-]{43}$/);
    const { key, ...shown } = created;
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/),
      name: "my laptop",
      prefix: "muse_sk_",
      last_four: key.slice(-4),
      scopes: ["chat", "images", "files", "projects", "integrations", "account:read"],
      expires_at: null,
      created_at: expect.any(String),
      last_used_at: null,
    });
    const { body } = await owner.get(path);
    expect(body).toEqual({ data: [shown], next_cursor: null });
    expect(JSON.stringify(body)).not.toContain(key);
  });

  it("open what the account's access token opens, whatever the case of the scheme's name", async () => {
    const owner = await guest();
    const { client, key } = await newKey(owner);
    expect((await client.get("/v1/users/me")).body.id).toBe((await owner.get("/v1/users/me")).body.id);
    expect((await client.post("/v1/chat", { content: "Hello" })).status).toBe(200);
    const headers = { authorization: `bearer ${key}` };
    expect((await client.get("/v1/users/me", { token: undefined, headers })).status).toBe(200);
    expect(await owner.balance()).toBe(19);
  });

  it("tell when they were last used", async () => {
    const owner = await guest();
    const { client } = await newKey(owner);
    await client.get("/v1/users/me");
    const lastUse = async () => (await owner.get(path)).body.data[0].last_used_at;
    const first = await eventually(lastUse, (at) => at !== null);
    expect(Math.abs(Date.now() - Date.parse(first))).toBeLessThan(60_000);
    // Exact to a minute: the next use is not written.
    await client.get("/v1/users/me");
    expect(await lastUse()).toBe(first);
  });

  it("open nothing once deleted", async () => {
    const owner = await guest();
    const { client, id } = await newKey(owner);
    expect((await owner.call("DELETE", `${path}/${id}`)).status).toBe(204);
    const { status, body, headers } = await client.get("/v1/users/me");
    expect(status).toBe(401);
    expect(body.code).toBe("unauthenticated");
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect((await owner.call("DELETE", `${path}/${id}`)).status).toBe(404);
    expect((await owner.get(path)).body.data).toEqual([]);
  });

  it("live on when the account's access tokens are revoked", async () => {
    const owner = await guest();
    const { client } = await newKey(owner);
    const body = { email: `person-${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
    expect((await owner.post("/v1/auth/register", body)).status).toBe(201);
    expect((await owner.get("/v1/users/me")).status).toBe(401);
    expect((await client.get("/v1/users/me")).body).toMatchObject({ email: body.email, is_guest: false });
  });

  it.each(["muse_sk_", "muse_sk_unknown", `muse_sk_${"A".repeat(43)}`, `muse_sk_${"x".repeat(4_000)}`])(
    "that nobody made open nothing: %.20s",
    async (token) => {
      const someone = await guest();
      const { status, body } = await someone.get("/v1/users/me", { token });
      expect([status, body.code]).toEqual([401, "unauthenticated"]);
    },
  );

  it("belong to their account alone", async () => {
    const [owner, other] = [await guest(), await guest()];
    const { id, client } = await newKey(owner);
    const { status, body } = await other.call("DELETE", `${path}/${id}`);
    expect([status, body.code]).toEqual([403, "forbidden"]);
    expect((await other.get(path)).body.data).toEqual([]);
    expect((await client.get("/v1/users/me")).status).toBe(200);
  });

  it("are at most 20 an account, even when all are made at once", async () => {
    const owner = await guest();
    const made = await Promise.all(Array.from({ length: 24 }, () => owner.post(path, { name: "one of many" })));
    const kept = made.filter(({ status }) => status === 201);
    expect(made.every(({ status }) => status === 201 || status === 422)).toBe(true);
    expect(kept.length).toBeLessThanOrEqual(20);
    for (let missing = 20 - kept.length; missing > 0; missing -= 1) await newKey(owner, "the rest");
    const { status, body } = await owner.post(path, { name: "one too many" });
    expect([status, body.code]).toEqual([422, "unprocessable"]);
    const { data } = (await owner.get(`${path}?limit=100`)).body;
    expect(data).toHaveLength(20);
    expect((await owner.call("DELETE", `${path}/${data[0].id}`)).status).toBe(204);
    await newKey(owner, "room again");
  });

  it("are listed newest first, page by page", async () => {
    const owner = await guest();
    const ids = [];
    for (const name of ["a", "b", "c"]) ids.unshift((await newKey(owner, name)).id);
    const first = (await owner.get(`${path}?limit=2`)).body;
    const second = (await owner.get(`${path}?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.data, ...second.data].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
  });

  it.each([
    ["no name", {}, "name"],
    ["an empty name", { name: "  " }, "name"],
    ["a key of one's own choice", { name: "x", key: "muse_sk_mine" }, "key"],
  ])("are refused with %s", async (_, body, field) => {
    const answer = await (await guest()).post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].path).toBe(field);
  });

  it("need somebody who is signed in", async () => {
    const someone = await guest();
    expect((await someone.get(path, { token: undefined })).status).toBe(401);
    expect((await someone.post(path, { name: "x" }, { token: undefined })).status).toBe(401);
  });
});

describe("scopes of API keys", () => {
  const keyWith = async (owner: Client, body: object) => {
    const answer = await owner.post(path, { name: "scoped", ...body });
    expect(answer.status).toBe(201);
    return new Client(owner.baseUrl, answer.body.key);
  };

  it("open what they name and nothing else", async () => {
    const reader = await keyWith(await guest(), { scopes: ["account:read"] });
    expect((await reader.get("/v1/users/me")).status).toBe(200);
    expect((await reader.get("/v1/models")).status).toBe(200);
    const refused = await reader.post("/v1/chat", { content: "Hello" });
    expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
    expect(refused.body.detail).toContain("chat");
    expect((await reader.call("PATCH", "/v1/users/me", { body: { full_name: "Eve" } })).status).toBe(403);
    const door = await reader.post("/openai/v1/chat/completions", { model: "x", messages: [] });
    expect([door.status, door.body.error.type]).toEqual([403, expect.any(String)]);
    expect(await reader.balance()).toBe(20);
  });

  it("never grow: a key makes no keys, changes no password and ends no sessions", async () => {
    const owner = await guest();
    const key = await keyWith(owner, { scopes: ["chat", "account:read", "account:write", "billing"] });
    for (const [method, target, body] of [
      ["POST", path, { name: "another", scopes: ["admin"] }],
      ["GET", path, undefined],
      ["POST", "/v1/users/me/password", { current_password: "x", new_password: "a brand new password" }],
      ["POST", "/v1/users/me/email", { email: "eve@example.com" }],
      ["DELETE", "/v1/users/me/sessions", undefined],
      ["POST", "/v1/auth/register", { email: "eve@example.com", password: "correct horse battery" }],
    ] as const) {
      const { status, body: problem } = await key.call(method, target, body === undefined ? {} : { body });
      expect([target, status, problem.code]).toEqual([target, 403, "forbidden"]);
    }
    expect((await owner.get(path)).body.data).toHaveLength(1);
  });

  it("for administration are for administrators", async () => {
    const refused = await (await guest()).post(path, { name: "root", scopes: ["admin"] });
    expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
  });

  it.each([
    ["an unknown scope", { scopes: ["everything"] }, "scopes.0"],
    ["no scope at all", { scopes: [] }, "scopes"],
    ["an end in the past", { expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
  ])("are refused with %s", async (_, body, field) => {
    const answer = await (await guest()).post(path, { name: "x", ...body });
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, field]);
  });

  it("end when the key does", async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const key = await keyWith(await guest(), { expires_at: expiresAt });
    const status = async () => (await key.get("/v1/users/me")).status;
    expect(await status()).toBe(200);
    expect(await eventually(status, (seen) => seen === 401, 5_000)).toBe(401);
  });
});
