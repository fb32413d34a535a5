import { describe, expect, it } from "vitest";
import { anonymous, Client, guest } from "../support/client.ts";

const password = "correct horse battery";
const newEmail = () => `person-${crypto.randomUUID()}@example.com`;

async function account() {
  const email = newEmail();
  const { status, body } = await anonymous().post("/v1/auth/register", { email, password });
  expect(status).toBe(201);
  return { email, body, client: new Client(anonymous().baseUrl, body.access_token) };
}

describe("guests", () => {
  it("starts with a guest's credits and no personal data", async () => {
    const { status, body } = await anonymous().post("/v1/auth/guest");
    expect(status).toBe(201);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 900 });
    expect(body.user).toMatchObject({ is_guest: true, email: null, credits_remaining: 20, subscription_tier: "free" });
  });

  it("takes an empty body, `{}`, and nothing else", async () => {
    expect((await anonymous().post("/v1/auth/guest", {})).status).toBe(201);
    const refused = await anonymous().post("/v1/auth/guest", { credits_remaining: 1_000 });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([{ path: "credits_remaining", message: "is not a known field" }]);
  });

  it("becomes an account and keeps its id, its credits and its conversations", async () => {
    const someone = await guest();
    const before = (await someone.get("/v1/users/me")).body;
    const conversation = (await someone.post("/v1/conversations", { title: "Mine" })).body;
    const { status, body } = await someone.post("/v1/auth/register", { email: newEmail(), password });
    expect(status).toBe(201);
    expect(body.user).toMatchObject({ id: before.id, is_guest: false, credits_remaining: 50 });
    const upgraded = new Client(someone.baseUrl, body.access_token);
    expect((await upgraded.get(`/v1/conversations/${conversation.id}`)).status).toBe(200);
    const credits = (await upgraded.get("/v1/users/me/credits")).body;
    expect(credits.balance + credits.held + credits.spent).toBe(credits.granted);
    expect(credits.ledger.reduce((sum: number, entry: { amount: number }) => sum + entry.amount, 0)).toBe(
      credits.balance,
    );
    // The guest's token was for the guest.
    expect((await someone.get("/v1/users/me")).status).toBe(401);
  });
});

describe("registration and sign-in", () => {
  it("never shows the password's hash", async () => {
    const { body, client } = await account();
    const me = await client.get("/v1/users/me");
    expect(JSON.stringify([body, me.body])).not.toMatch(/hashed_password|\$2b\$/);
  });

  it("refuses a taken address whatever its case, naming the field", async () => {
    const { email } = await account();
    const again = await anonymous().post("/v1/auth/register", { email: email.toUpperCase(), password });
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: "conflict", errors: [{ path: "email" }] });
  });

  it("makes one account of many simultaneous registrations", async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => anonymous().post("/v1/auth/register", { email, password })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it.each([
    ["a short password", { password: "too short" }, "password"],
    ["no address", { email: "nobody" }, "email"],
    ["an operator for an address", { email: { $gt: "" } }, "email"],
    ["a role", { role: "admin" }, "role"],
    ["a password that bcrypt would cut", { password: "x".repeat(73) }, "password"],
  ])("refuses %s", async (_, change, path) => {
    const { status, body } = await anonymous().post("/v1/auth/register", { email: newEmail(), password, ...change });
    expect(status).toBe(400);
    expect(body.code).toBe("validation_failed");
    expect(body.errors[0].path).toBe(path);
  });

  it("signs in with the right password only, and tells no one who exists", async () => {
    const { email } = await account();
    const right = await anonymous().post("/v1/auth/login", { email, password });
    expect(right.status).toBe(200);
    const wrong = await anonymous().post("/v1/auth/login", { email, password: "something else" });
    const nobody = await anonymous().post("/v1/auth/login", { email: newEmail(), password });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(wrong.body.code).toBe("invalid_credentials");
    expect({ ...wrong.body, request_id: "" }).toEqual({ ...nobody.body, request_id: "" });
  });

  it("makes further guesses wait after too many wrong passwords for one account", async () => {
    const { email } = await account();
    const guesses = await Promise.all(
      Array.from({ length: 14 }, () => anonymous().post("/v1/auth/login", { email, password: "a wrong password" })),
    );
    expect(guesses.every(({ status }) => status === 401 || status === 429)).toBe(true);
    const next = await anonymous().post("/v1/auth/login", { email, password });
    expect(next.status).toBe(429);
    expect(Number(next.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("refresh tokens", () => {
  it("rotates, and revokes the whole family when one is used again", async () => {
    const first = (await anonymous().post("/v1/auth/guest")).body;
    const second = await anonymous().post("/v1/auth/refresh", { refresh_token: first.refresh_token });
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    const reused = await anonymous().post("/v1/auth/refresh", { refresh_token: first.refresh_token });
    expect(reused.status).toBe(401);
    const revoked = await anonymous().post("/v1/auth/refresh", { refresh_token: second.body.refresh_token });
    expect(revoked.status).toBe(401);
  });

  it("lets one of many simultaneous uses through", async () => {
    const { refresh_token } = (await anonymous().post("/v1/auth/guest")).body;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => anonymous().post("/v1/auth/refresh", { refresh_token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("ends with the sign-out", async () => {
    const { refresh_token } = (await anonymous().post("/v1/auth/guest")).body;
    expect((await anonymous().post("/v1/auth/logout", { refresh_token })).status).toBe(204);
    expect((await anonymous().post("/v1/auth/refresh", { refresh_token })).status).toBe(401);
    const unknown = await anonymous().post("/v1/auth/logout", { refresh_token: "unknown" });
    expect([unknown.status, unknown.headers.has("ratelimit-limit")]).toEqual([204, true]);
  });
});

describe("access tokens", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("refuses none, forged, cut and foreign tokens alike", async () => {
    const { access_token: real } = (await anonymous().post("/v1/auth/guest")).body;
    const [header, payload, signature] = real.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const forged = [
      "nonsense",
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -3)}abc`,
      `${part({ alg: "none", typ: "at+jwt" })}.${payload}.`,
      `${part({ alg: "HS256", kid: "../../etc/passwd", typ: "at+jwt" })}.${payload}.${signature}`,
      `${header}.${part({ ...claims, sub: "user_someone" })}.${signature}`,
    ];
    for (const token of forged) {
      const { status, body, headers } = await anonymous().get("/v1/users/me", { token });
      expect(status).toBe(401);
      expect(body.code).toBe("unauthenticated");
      expect(headers.get("www-authenticate")).toBe("Bearer");
    }
    expect((await anonymous().get("/v1/users/me")).status).toBe(401);
  });
});

describe("your account", () => {
  it("changes what is given and nothing else", async () => {
    const { client } = await account();
    const username = `u${crypto.randomUUID().slice(0, 12)}`;
    const changed = await client.call("PATCH", "/v1/users/me", {
      body: { username, full_name: "Ada Example", profile: { bio: "Hello" } },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      username,
      full_name: "Ada Example",
      profile: { bio: "Hello", display_name: null },
    });
    expect((await client.get("/v1/users/me")).body).toEqual(changed.body);
  });

  it("takes changes of the profile at once without losing one", async () => {
    const someone = await guest();
    const change = (profile: object) => someone.call("PATCH", "/v1/users/me", { body: { profile } });
    for (const round of ["1", "2", "3", "4", "5"]) {
      const profile = { display_name: `Ada ${round}`, bio: `Bio ${round}` };
      await Promise.all([change({ display_name: profile.display_name }), change({ bio: profile.bio })]);
      expect((await someone.get("/v1/users/me")).body.profile).toEqual({ ...profile, avatar_url: null });
    }
  });

  it.each(["role", "credits_remaining", "email", "subscription_tier", "is_verified"])(
    "refuses to change %s",
    async (field) => {
      const someone = await guest();
      const { status, body } = await someone.call("PATCH", "/v1/users/me", { body: { [field]: "admin" } });
      expect(status).toBe(400);
      expect(body.errors[0].path).toBe(field);
    },
  );

  it("refuses a user name that somebody has", async () => {
    const [one, two] = [await guest(), await guest()];
    const username = `u${crypto.randomUUID().slice(0, 12)}`;
    expect((await one.call("PATCH", "/v1/users/me", { body: { username } })).status).toBe(200);
    const refused = await two.call("PATCH", "/v1/users/me", { body: { username } });
    expect(refused.status).toBe(409);
    expect(refused.body.errors[0].path).toBe("username");
  });
});
