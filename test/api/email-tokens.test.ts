import { describe, expect, it } from "vitest";
import { account, mailTo, newEmail, password, signIn, tokenIn } from "../support/accounts.ts";
import { anonymous, Client, guest } from "../support/client.ts";

const door = anonymous();
const withoutId = (body: object) => ({ ...body, request_id: "" });

describe("verification of an address", () => {
  it("begins by itself with the registration, and works once", async () => {
    const { email, client } = await account();
    expect((await client.get("/v1/users/me")).body.is_verified).toBe(false);
    const mail = await mailTo(door, email, /Confirm/);
    expect(mail.links).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#\/verify-email\?token=[\w-]{43}$/),
    ]);
    const token = tokenIn(mail);
    const confirmed = await door.post("/v1/auth/verify-email/confirm", { token });
    expect(confirmed.status).toBe(200);
    expect(confirmed.body.user).toMatchObject({ email, is_verified: true });
    expect((await client.get("/v1/users/me")).body.is_verified).toBe(true);
    const again = await door.post("/v1/auth/verify-email/confirm", { token });
    expect([again.status, again.body.errors[0].path]).toEqual([400, "token"]);
  });

  it("takes the newest token only, and no token of another kind", async () => {
    const { email, client } = await account();
    const old = tokenIn(await mailTo(door, email, /Confirm/));
    expect((await client.post("/v1/auth/verify-email/request")).status).toBe(202);
    expect((await door.post("/v1/auth/verify-email/confirm", { token: old })).status).toBe(400);
    const token = tokenIn(await mailTo(door, email, /Confirm/));
    expect(token).not.toBe(old);
    const misused = await door.post("/v1/auth/password-reset/confirm", { token, password: "another good password" });
    expect([misused.status, misused.body.errors[0].path]).toEqual([400, "token"]);
    expect((await door.post("/v1/auth/verify-email/confirm", { token })).status).toBe(200);
  });

  it("says the same for every address, and needs one from who is not signed in", async () => {
    const { email } = await account();
    const known = await door.post("/v1/auth/verify-email/request", { email });
    const unknown = await door.post("/v1/auth/verify-email/request", { email: newEmail() });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect((await door.post("/v1/auth/verify-email/request")).body.errors[0].path).toBe("email");
    expect((await (await guest()).post("/v1/auth/verify-email/request")).status).toBe(422);
  });
});

describe("a forgotten password", () => {
  it("is replaced by the link of a mail; of twenty uses at once one wins, and everybody is signed out", async () => {
    const { email, client, refreshToken } = await account();
    const wanted = await door.post("/v1/auth/password-reset/request", { email: ` ${email.toUpperCase()} ` });
    expect(wanted.status).toBe(202);
    const token = tokenIn(await mailTo(door, email, /new password/));
    const refused = await door.post("/v1/auth/password-reset/confirm", { token, password: "password12" });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "password"]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        door.post("/v1/auth/password-reset/confirm", { token, password: `brand new password ${index}` }),
      ),
    );
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
    expect((await client.get("/v1/users/me")).status).toBe(401);
    expect((await door.post("/v1/auth/refresh", { refresh_token: refreshToken })).status).toBe(401);
    expect((await door.post("/v1/auth/login", { email, password })).status).toBe(401);
    const login = await door.post("/v1/auth/login", { email, password: `brand new password ${won[0]}` });
    expect(login.status).toBe(200);
    // The mail has shown whose the address is.
    expect(login.body.user.is_verified).toBe(true);
    expect((await mailTo(door, email, /was changed/)).text).toContain("signed out");
  });

  it("is asked for with the same answer in the same time, whoever has an account", async () => {
    const { email } = await account();
    const ask = async (address: string) => {
      const startedAt = performance.now();
      const { status, body } = await door.post("/v1/auth/password-reset/request", { email: address });
      return { status, body, ms: performance.now() - startedAt };
    };
    const times: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 10; round += 1) {
      const [known, unknown] = [await ask(email), await ask(newEmail())];
      expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
      times.known.push(known.ms);
      times.unknown.push(unknown.ms);
    }
    const fastest = (values: number[]) => Math.min(...values);
    // A mail, or a password's hash, would take longer than this by far.
    expect(Math.abs(fastest(times.known) - fastest(times.unknown))).toBeLessThan(20);
  });

  it("takes the keys of whoever opened an account with another's address", async () => {
    const squatter = await account();
    const { key } = (await squatter.client.post("/v1/users/me/api-keys", { name: "mine" })).body;
    await door.post("/v1/auth/password-reset/request", { email: squatter.email });
    const token = tokenIn(await mailTo(door, squatter.email, /new password/));
    const reset = await door.post("/v1/auth/password-reset/confirm", { token, password: "the owner's own words" });
    expect(reset.status).toBe(204);
    expect((await door.get("/v1/users/me", { token: key })).status).toBe(401);
  });

  it.each([
    ["an operator", { email: { $ne: "" } }],
    ["a line break in the address", { email: "ada@example.com\r\nBcc: all@example.com" }],
    ["a field that is not known", { email: "ada@example.com", redirect: "https://evil.example" }],
  ])("refuses %s", async (_, body) => {
    expect((await door.post("/v1/auth/password-reset/request", body)).status).toBe(400);
  });
});

describe("a changed password", () => {
  it("needs the old one, and signs out everywhere else at once", async () => {
    const { email, client } = await account();
    const elsewhere = await signIn(door, email);
    const change = (current: string, wanted: string) =>
      client.post("/v1/users/me/password", { current_password: current, new_password: wanted });
    const wrong = await change("not the password", "a brand new password");
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    const weak = await change(password, "1234567890");
    expect([weak.status, weak.body.errors[0].path]).toEqual([400, "new_password"]);
    expect((await change(password, "a brand new password")).status).toBe(204);
    expect((await client.get("/v1/users/me")).status).toBe(200);
    expect((await elsewhere.client.get("/v1/users/me")).status).toBe(401);
    expect((await door.post("/v1/auth/refresh", { refresh_token: elsewhere.refreshToken })).status).toBe(401);
    expect((await door.post("/v1/auth/login", { email, password: "a brand new password" })).status).toBe(200);
  });

  it("ends the sign-ins with the old one that are under way", async () => {
    const { email, client } = await account();
    const logins = Promise.all(
      Array.from({ length: 6 }, () =>
        door.post("/v1/auth/login", { email, password }, { headers: { "user-agent": "a" } }),
      ),
    );
    const body = { current_password: password, new_password: "a brand new password" };
    const [changed, answers] = await Promise.all([client.post("/v1/users/me/password", body), logins]);
    expect(changed.status).toBe(204);
    for (const { body: signedIn } of answers.filter(({ status }) => status === 200)) {
      const { access_token: token, refresh_token } = signedIn;
      expect((await door.get("/v1/users/me", { token })).status).toBe(401);
      expect((await door.post("/v1/auth/refresh", { refresh_token })).status).toBe(401);
    }
    for (const { status } of answers) expect([200, 401]).toContain(status);
  });

  it("has to be a first one by mail for who has none", async () => {
    const someone = await guest();
    const body = { current_password: "x", new_password: "a brand new password" };
    expect((await someone.post("/v1/users/me/password", body)).status).toBe(422);
  });
});

describe("a changed address", () => {
  it("is the account's once its mail is confirmed; the old one is told", async () => {
    const { email, client } = await account();
    const elsewhere = await signIn(door, email);
    const next = newEmail();
    const ask = (current?: string) => client.post("/v1/users/me/email", { email: next, current_password: current });
    expect((await ask("not the password")).status).toBe(401);
    expect((await ask(password)).status).toBe(202);
    expect((await client.get("/v1/users/me")).body.email).toBe(email);
    const reset = await door.post("/v1/auth/password-reset/request", { email });
    expect(reset.status).toBe(202);
    const oldToken = tokenIn(await mailTo(door, email, /new password/));
    const token = tokenIn(await mailTo(door, next, /new e-mail/));
    const confirmed = await client.post("/v1/auth/verify-email/confirm", { token });
    expect(confirmed.body.user).toMatchObject({ email: next, is_verified: true });
    expect((await client.get("/v1/users/me")).body.email).toBe(next);
    expect((await elsewhere.client.get("/v1/users/me")).status).toBe(401);
    expect((await mailTo(door, email, /was changed/)).text).toContain("another e-mail address");
    // What was sent to the old address opens nothing any more.
    const late = await door.post("/v1/auth/password-reset/confirm", {
      token: oldToken,
      password: "late but good words",
    });
    expect(late.status).toBe(400);
    expect((await door.post("/v1/auth/login", { email, password })).status).toBe(401);
    expect((await door.post("/v1/auth/login", { email: next, password })).status).toBe(200);
  });

  it("cannot be somebody else's, nor a guest's", async () => {
    const [one, two] = [await account(), await account()];
    const taken = await one.client.post("/v1/users/me/email", { email: two.email, current_password: password });
    expect([taken.status, taken.body.errors[0].path]).toEqual([409, "email"]);
    expect((await (await guest()).post("/v1/users/me/email", { email: newEmail() })).status).toBe(422);
  });
});

describe("new passwords", () => {
  it.each(["password12", "1234567890", "qwertyuiop", "aaaaaaaaaa"])("cannot be %s", async (common) => {
    const { status, body } = await door.post("/v1/auth/register", { email: newEmail(), password: common });
    expect([status, body.code, body.errors[0].path]).toEqual([400, "validation_failed", "password"]);
  });

  it("cannot be hardly more than one's own name", async () => {
    const username = `ada.lovelace.${crypto.randomUUID().slice(0, 8)}`;
    const refused = await door.post("/v1/auth/register", { email: newEmail(), username, password: `${username}12` });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "password"]);
  });

  it.each(["a-long-password-1", "Password123!x", "é".repeat(36)])("can be %s", async (good) => {
    const email = newEmail();
    expect((await door.post("/v1/auth/register", { email, password: good })).status).toBe(201);
    // What bcrypt would cut is not the password, though it begins with it.
    const longer = await door.post("/v1/auth/login", { email, password: `${good}${"x".repeat(72)}` });
    expect(withoutId(longer.body)).toMatchObject({ status: 401, code: "invalid_credentials" });
  });
});

describe("the client of the outbox", () => {
  it("sees one person's mail when it asks for one person's", async () => {
    const { email } = await account();
    await mailTo(door, email, /Confirm/);
    const { body } = await new Client(door.baseUrl).get(`/dev/outbox?to=${encodeURIComponent(email)}`);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ to: email, links: [expect.any(String)] });
  });
});
