import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Account, account, mailTo, newEmail, password, signIn, tokenIn } from "../support/accounts.ts";
import { type Answer, Client, guest } from "../support/client.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";
import { type Person, startSignInProvider } from "../support/sign-in-provider.ts";

/** Sign-in with providers, against a stand-in that signs real tokens; and what else needs settings of its own. */

const tenant = "6f1e2d3c-0000-4000-8000-000000000001";
const boss = "boss@example.com";
const undo: (() => unknown)[] = [];
let provider: Awaited<ReturnType<typeof startSignInProvider>>;
let muse: RunningMuse;
let door: Client;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "muse-sign-in-"));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  provider = await startSignInProvider();
  undo.push(provider.stop);
  const client = (name: string) => ({
    [`${name}_CLIENT_ID`]: "muse",
    [`${name}_CLIENT_SECRET`]: "secret",
    [`${name}_BASE_URL`]: provider.baseUrl,
  });
  muse = await startMuse({
    dataFolder: folder,
    environment: {
      ...client("GOOGLE"),
      ...client("GITHUB"),
      ...client("MICROSOFT"),
      MICROSOFT_TENANT: tenant,
      ADMIN_EMAILS: `somebody@example.com, ${boss.toUpperCase()}`,
      ALLOWED_ORIGINS: "https://app.example",
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "error",
    },
  });
  undo.push(muse.stop);
  door = new Client(muse.url);
});

afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

interface Begun {
  readonly name: string;
  readonly url: string;
  readonly cookie: string;
}

/** As a browser does that follows a link. */
async function begin(name: string, redirectUri?: string): Promise<Begun> {
  const query = redirectUri === undefined ? "" : `?redirect_uri=${encodeURIComponent(redirectUri)}`;
  const response = await fetch(`${muse.url}/api/v1/auth/${name}/start${query}`, { redirect: "manual" });
  expect(response.status).toBe(302);
  const setCookie = response.headers.get("set-cookie") ?? "";
  expect(setCookie).toMatch(/^muse_oauth_\w+=[\w-]{43}; Path=\/api\/v1\/auth; Max-Age=600; HttpOnly; SameSite=Lax$/);
  return { name, url: response.headers.get("location") ?? "", cookie: setCookie.split(";")[0] ?? "" };
}

/** As a page does that is signed in already. */
async function beginAs(client: Client, name: string): Promise<Begun> {
  const response = await client.raw("POST", `/v1/auth/${name}/start`, { body: {} });
  expect(response.status).toBe(200);
  const { url } = (await response.json()) as { url: string };
  return { name, url, cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
}

function finish({ name, cookie }: Begun, answer: URLSearchParams): Promise<Answer> {
  return door.get(`/v1/auth/${name}/callback?${answer}`, { headers: { accept: "application/json", cookie } });
}

async function signInWith(name: string, person: Person): Promise<Answer> {
  const begun = await begin(name);
  return finish(begun, provider.consent(begun.url, person));
}

const newSub = () => crypto.randomUUID();
const google = (email: string, more: object = {}, sub = newSub()): Person => ({
  claims: { sub, email, email_verified: true, name: "Ada Example", ...more },
});
const microsoftIssuer = () => `${provider.baseUrl}/${tenant}/v2.0`;

describe("sign-in with a provider", () => {
  it("is offered where it is configured", async () => {
    const { body } = await door.get("/v1/auth/providers");
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(["google", "github", "microsoft"]);
    expect(body.data[0].start_url).toBe(`${muse.url}/api/v1/auth/google/start`);
    for (const path of ["facebook/start", "facebook/callback?state=x", "__proto__/start"]) {
      expect((await door.get(`/v1/auth/${path}`)).status).toBe(404);
    }
  });

  it("makes an account, and finds it again by the provider's id whatever its address is then", async () => {
    const email = newEmail();
    const sub = newSub();
    const first = await signInWith("google", google(email.toUpperCase(), {}, sub));
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ token_type: "Bearer", expires_in: 900 });
    expect(first.body.user).toMatchObject({
      email,
      is_verified: true,
      auth_provider: "google",
      full_name: "Ada Example",
      credits_remaining: 50,
    });
    const again = await signInWith("google", google(newEmail(), {}, sub));
    expect(again.body.user).toMatchObject({ id: first.body.user.id, email });
    const me = new Client(muse.url, again.body.access_token);
    const credits = (await me.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 50, granted: 50 });
    expect(credits.ledger).toHaveLength(1);
  });

  it("sends a browser back to the page with a code that works once", async () => {
    const begun = await begin("google", "https://app.example/welcome?x=1#old");
    const answer = provider.consent(begun.url, google(newEmail()));
    const response = await fetch(`${muse.url}/api/v1/auth/google/callback?${answer}`, {
      redirect: "manual",
      headers: { cookie: begun.cookie },
    });
    expect(response.status).toBe(302);
    expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    const location = response.headers.get("location") ?? "";
    expect(location).toMatch(/^https:\/\/app\.example\/welcome\?x=1#\/signed-in\?code=[\w-]{43}$/);
    const code = location.split("code=")[1];
    const signedIn = await door.post("/v1/auth/oauth/exchange", { code });
    expect(signedIn.status).toBe(200);
    expect((await new Client(muse.url, signedIn.body.access_token).get("/v1/users/me")).status).toBe(200);
    expect((await door.post("/v1/auth/oauth/exchange", { code })).status).toBe(400);
  });

  it.each(["https://evil.example/", "//evil.example", "https://app.example@evil.example/", "javascript:alert(1)"])(
    "never leads to %s",
    async (redirectUri) => {
      const answer = await door.get(`/v1/auth/google/start?redirect_uri=${encodeURIComponent(redirectUri)}`);
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, "redirect_uri"]);
    },
  );

  it("makes a guest the account, which keeps everything", async () => {
    const someone = await guest(muse.url);
    const before = (await someone.get("/v1/users/me")).body;
    const conversation = (await someone.post("/v1/conversations", { title: "Mine" })).body;
    const begun = await beginAs(someone, "github");
    const email = newEmail();
    const person = { claims: { id: 42 }, emails: [{ email, primary: true, verified: true }] };
    const { status, body } = await finish(begun, provider.consent(begun.url, person));
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ id: before.id, is_guest: false, email, auth_provider: "github" });
    const upgraded = new Client(muse.url, body.access_token);
    expect((await upgraded.get(`/v1/conversations/${conversation.id}`)).status).toBe(200);
    const credits = (await upgraded.get("/v1/users/me/credits")).body;
    expect(credits).toMatchObject({ balance: 50, granted: 50 });
    expect((await someone.get("/v1/users/me")).status).toBe(401);
  });

  it("is one more way into an account that is signed in, and no way into two", async () => {
    const [one, two] = [await account(door), await account(door)];
    const person = google(newEmail());
    const first = await beginAs(one.client, "google");
    const linked = await finish(first, provider.consent(first.url, person));
    expect(linked.body.user).toMatchObject({ id: one.id, email: one.email, auth_provider: "email" });
    expect((await signInWith("google", person)).body.user.id).toBe(one.id);
    const second = await beginAs(two.client, "google");
    expect((await finish(second, provider.consent(second.url, person))).status).toBe(409);
  });
});

describe("providers that are linked", () => {
  const me = async (client: Client) => (await client.get("/v1/users/me")).body;
  const unlink = (client: Client, name: string) => client.call("DELETE", `/v1/users/me/linked-providers/${name}`);

  it("are told, and open the account no more once they are taken away", async () => {
    const owner = await account(door);
    expect(await me(owner.client)).toMatchObject({ linked_providers: [] });
    const person = google(newEmail());
    const github = { claims: { id: Math.floor(Math.random() * 1e9) }, emails: [] };
    for (const [name, somebody] of [
      ["github", github],
      ["google", person],
    ] as const) {
      const begun = await beginAs(owner.client, name);
      expect((await finish(begun, provider.consent(begun.url, somebody))).status).toBe(200);
    }
    expect(await me(owner.client)).toMatchObject({ linked_providers: ["google", "github"] });
    const answers = await Promise.all(Array.from({ length: 4 }, () => unlink(owner.client, "google")));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404]);
    expect(await me(owner.client)).toMatchObject({ linked_providers: ["github"], auth_provider: "email" });
    expect((await signInWith("google", person)).body.user.id).not.toBe(owner.id);
    expect((await unlink(owner.client, "github")).status).toBe(204);
    expect((await unlink(owner.client, "microsoft")).status).toBe(404);
    expect((await unlink(owner.client, "constructor")).status).toBe(404);
    // Another account may have none left as well.
    const other = await account(door);
    const begun = await beginAs(other.client, "google");
    await finish(begun, provider.consent(begun.url, google(newEmail())));
    expect((await unlink(other.client, "google")).status).toBe(204);
  });

  it("are no more needed once a password was chosen, which is told as well", async () => {
    const email = newEmail();
    const opened = (await signInWith("google", google(email))).body;
    expect(opened.user).toMatchObject({ auth_provider: "google", has_password: false });
    await choosePassword(email);
    const { body } = await door.post("/v1/auth/login", { email, password: "another fine password" });
    const client = new Client(muse.url, body.access_token);
    expect(body.user).toMatchObject({ id: opened.user.id, has_password: true, linked_providers: ["google"] });
    expect((await unlink(client, "google")).status).toBe(204);
    expect(await me(client)).toMatchObject({ auth_provider: "email", has_password: true, linked_providers: [] });
  });

  it("stay while one is the only way in, of two at once too, and leave whoever opened the account by one free", async () => {
    const person = google(newEmail());
    const opened = (await signInWith("google", person)).body;
    const owner = new Client(muse.url, opened.access_token);
    const alone = await unlink(owner, "google");
    expect([alone.status, alone.body.code]).toEqual([409, "conflict"]);
    const begun = await beginAs(owner, "github");
    const github = { claims: { id: Math.floor(Math.random() * 1e9) }, emails: [] };
    await finish(begun, provider.consent(begun.url, github));
    const both = await Promise.all([unlink(owner, "google"), unlink(owner, "github")]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
    const { linked_providers: left, auth_provider } = await me(owner);
    expect(left).toEqual([auth_provider]);
    const [gone, stays] = left[0] === "github" ? [person, github] : [github, person];
    const nameOf = (somebody: Person) => (somebody === person ? "google" : "github");
    expect((await signInWith(nameOf(stays), stays)).body.user.id).toBe(opened.user.id);
    const elsewhere = await signInWith(nameOf(gone), { ...gone, claims: { ...gone.claims, email_verified: false } });
    expect(elsewhere.status).toBe(200);
    expect(elsewhere.body.user.id).not.toBe(opened.user.id);
  });
});

/** Links one person to the account, and begins to link another. */
async function linkTwo(client: Client) {
  const [one, two] = [google(newEmail()), google(newEmail())];
  const begun = await beginAs(client, "google");
  expect((await finish(begun, provider.consent(begun.url, one))).status).toBe(200);
  const unfinished = await beginAs(client, "google");
  return {
    expectNoWayInto: async (userId: string) => {
      expect((await finish(unfinished, provider.consent(unfinished.url, two))).status).toBe(400);
      const other = await signInWith("google", one);
      expect(other.status).toBe(200);
      expect(other.body.user.id).not.toBe(userId);
    },
  };
}

async function choosePassword(email: string): Promise<void> {
  await door.post("/v1/auth/password-reset/request", { email });
  const token = tokenIn(await mailTo(door, email, /new password/));
  const chosen = { token, password: "another fine password" };
  expect((await door.post("/v1/auth/password-reset/confirm", chosen)).status).toBe(204);
}

describe("a sign-in that waits at the provider", () => {
  it.each<[string, (owner: Account) => Promise<unknown>]>([
    ["somebody chose a new password by mail", ({ email }) => choosePassword(email)],
    [
      "the password was changed elsewhere",
      async ({ email }) => {
        const body = { current_password: password, new_password: "another fine password" };
        expect((await (await signIn(door, email)).client.post("/v1/users/me/password", body)).status).toBe(204);
      },
    ],
    ["the owner of the address came by a provider", ({ email }) => signInWith("google", google(email))],
    [
      "it was signed out elsewhere",
      async ({ email }) => {
        const elsewhere = (await signIn(door, email)).client;
        expect((await elsewhere.call("DELETE", "/v1/users/me/sessions")).status).toBe(204);
      },
    ],
    ["it signed out", ({ refreshToken }) => door.post("/v1/auth/logout", { refresh_token: refreshToken })],
  ])("is no way into the account after %s", async (_, happens) => {
    const owner = await account(door);
    const begun = await beginAs(owner.client, "google");
    const person = google(newEmail());
    const answer = provider.consent(begun.url, { ...person, meanwhile: () => happens(owner) });
    expect((await finish(begun, answer)).status).toBe(409);
    expect((await signInWith("google", person)).body.user.id).not.toBe(owner.id);
  });

  it("opens nothing by a code that was made before the account was handed over", async () => {
    const squatter = await account(door);
    const person = google(newEmail());
    const linking = await beginAs(squatter.client, "google");
    await finish(linking, provider.consent(linking.url, person));
    const begun = await begin("google");
    const response = await fetch(`${muse.url}/api/v1/auth/google/callback?${provider.consent(begun.url, person)}`, {
      redirect: "manual",
      headers: { cookie: begun.cookie },
    });
    const code = (response.headers.get("location") ?? "").split("code=")[1];
    await choosePassword(squatter.email);
    expect((await door.post("/v1/auth/oauth/exchange", { code })).status).toBe(400);
  });
});

describe("an account with the same address", () => {
  it("is linked when both sides have verified it, and keeps its password", async () => {
    const owner = await account(door);
    const token = tokenIn(await mailTo(door, owner.email, /Confirm/));
    await door.post("/v1/auth/verify-email/confirm", { token });
    const linked = await signInWith("google", google(owner.email));
    expect(linked.body.user.id).toBe(owner.id);
    expect((await owner.client.get("/v1/users/me")).status).toBe(200);
    expect((await door.post("/v1/auth/login", { email: owner.email, password })).status).toBe(200);
  });

  it("is handed over whole when whoever opened it never showed that the address is theirs", async () => {
    const squatter = await account(door);
    const { key } = (await squatter.client.post("/v1/users/me/api-keys", { name: "mine" })).body;
    const linked = await linkTwo(squatter.client);
    const owner = await signInWith("google", google(squatter.email));
    expect(owner.body.user).toMatchObject({ id: squatter.id, is_verified: true });
    expect((await squatter.client.get("/v1/users/me")).status).toBe(401);
    expect((await door.get("/v1/users/me", { token: key })).status).toBe(401);
    expect((await door.post("/v1/auth/refresh", { refresh_token: squatter.refreshToken })).status).toBe(401);
    expect((await door.post("/v1/auth/login", { email: squatter.email, password })).status).toBe(401);
    await linked.expectNoWayInto(squatter.id);
  });

  it("is not open to a provider that was linked before the owner of the address chose a password", async () => {
    const squatter = await account(door);
    const linked = await linkTwo(squatter.client);
    await choosePassword(squatter.email);
    await linked.expectNoWayInto(squatter.id);
  });

  it.each<[string, string, (email: string) => Person]>([
    ["Google has not verified", "google", (email) => google(email, { email_verified: false })],
    [
      "GitHub has not verified",
      "github",
      (email) => ({
        claims: { id: Math.floor(Math.random() * 1e9), email },
        emails: [{ email, primary: true, verified: false }],
      }),
    ],
    [
      "an administrator of a work tenant wrote",
      "microsoft",
      (email) => google(email, { iss: microsoftIssuer(), tid: tenant, email_verified: true }),
    ],
  ])("is another's when it is one that %s", async (_, name, person) => {
    const owner = await account(door);
    const { status, body } = await signInWith(name, person(owner.email));
    expect(status).toBe(200);
    expect(body.user.id).not.toBe(owner.id);
    expect(body.user).toMatchObject({ email: null, is_verified: false });
  });

  it("is linked when Microsoft says that the owner of the domain was verified", async () => {
    const owner = await account(door);
    const person = google(owner.email, { iss: microsoftIssuer(), tid: tenant, xms_edov: true });
    expect((await signInWith("microsoft", person)).body.user.id).toBe(owner.id);
  });
});

describe("a sign-in that is not right", () => {
  it.each<[string, Person, number]>([
    ["another nonce", google(newEmail(), { nonce: "another" }), 401],
    ["another audience", google(newEmail(), { aud: "another" }), 401],
    ["another issuer", google(newEmail(), { iss: "https://evil.example" }), 401],
    ["an expired token", { ...google(newEmail()), expired: true }, 401],
    ["a foreign signature", { ...google(newEmail()), foreignKey: true }, 401],
    ["a provider that fails", { ...google(newEmail()), tokenStatus: 503 }, 502],
  ])("is refused: %s", async (_, person, expected) => {
    const { status, body } = await signInWith("google", person);
    expect(status).toBe(expected);
    expect(body.access_token).toBeUndefined();
    expect(JSON.stringify(body)).not.toMatch(/claim|nonce|jwt|127\.0\.0\.1/i);
  });

  it("works once, in the browser that began it, at the provider that it is for", async () => {
    const begun = await begin("google");
    const answer = provider.consent(begun.url, google(newEmail()));
    const elsewhere = await finish({ ...begun, cookie: "" }, answer);
    expect([elsewhere.status, elsewhere.body.errors[0].path]).toEqual([400, "state"]);
    expect((await finish({ ...begun, name: "microsoft" }, answer)).status).toBe(400);
    const answers = await Promise.all(Array.from({ length: 5 }, () => finish(begun, answer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  it("is not helped by another's state, nor by a code that was used", async () => {
    const [mine, theirs] = [await begin("google"), await begin("google")];
    const answer = provider.consent(mine.url, google(newEmail()));
    const state = new URL(theirs.url).searchParams.get("state") ?? "";
    const mixed = new URLSearchParams({ code: answer.get("code") ?? "", state });
    expect((await finish(theirs, mixed)).status).toBe(401);
    expect((await finish(mine, answer)).status).toBe(401);
    expect((await finish(mine, new URLSearchParams({ state: "made-up", code: "made-up" }))).status).toBe(400);
  });

  it("tells a browser by its address, and takes no words from the provider", async () => {
    const begun = await begin("google");
    const state = new URL(begun.url).searchParams.get("state") ?? "";
    const answer = new URLSearchParams({ state, error: "access_denied", error_description: "<script>" });
    const response = await fetch(`${muse.url}/api/v1/auth/google/callback?${answer}`, {
      redirect: "manual",
      headers: { cookie: begun.cookie },
    });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(`${muse.url}/#/signed-in?error=forbidden`);
    const denied = await begin("google");
    const again = new URLSearchParams({ state: new URL(denied.url).searchParams.get("state") ?? "" });
    again.set("error", "access_denied");
    const { status, body } = await finish(denied, again);
    expect([status, body.detail]).toEqual([403, "The provider did not sign you in: access_denied."]);
  });
});

describe("an address of ADMIN_EMAILS", () => {
  it("makes its account an administrator once it is verified", async () => {
    const owner = await account(door, boss);
    expect((await owner.client.get("/v1/users/me")).body.role).toBe("user");
    const token = tokenIn(await mailTo(door, boss, /Confirm/));
    const { body } = await door.post("/v1/auth/verify-email/confirm", { token });
    expect(body.user.role).toBe("admin");
    expect((await owner.client.get("/v1/users/me")).body.role).toBe("admin");
    const key = { name: "root", scopes: ["admin"] };
    expect((await owner.client.post("/v1/users/me/api-keys", key)).status).toBe(201);
  });
});
