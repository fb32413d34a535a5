import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Client, eventually } from "../support/client.ts";
import { browserPath, holdFirst, useBrowser, visit } from "./support/browser.ts";
import { baseUrl, box, completed, pageUrl, say, soon } from "./support/page.ts";

const password = "a quiet harbour at noon";

const tokenOf = (page: Page): Promise<string> =>
  page.evaluate('JSON.parse(localStorage.getItem("muse.session")).access_token');

/** Makes an account out of the guest that the page began with. */
async function register(page: Page, email: string): Promise<void> {
  await page.locator("#credits").getByText("20 credits").waitFor();
  await page.getByRole("link", { name: "Guest" }).click();
  const form = page.locator("#page form").first();
  await form.getByLabel("E-mail").fill(email);
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button", { name: "Create account" }).click();
  await page.locator("#credits").getByText("50 credits").waitFor();
}

async function newestLink(email: string): Promise<string> {
  const outbox = () => new Client(baseUrl).get(`/dev/outbox?to=${encodeURIComponent(email)}`);
  const { body } = await eventually(outbox, ({ body: { data } }) => data.length > 0);
  return body.data[0].links[0];
}

describe.skipIf(browserPath === undefined)("an account on the page", () => {
  const browser = useBrowser();

  it("is made from a guest, verified, given a key, left and entered again", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    const email = `${crypto.randomUUID()}@example.com`;
    await say(page, "Remember the harbour [[tokens:3]]");
    await completed(page);
    await page.goto(pageUrl);
    await page.locator("#credits").getByText("19 credits").waitFor();
    await page.getByRole("link", { name: "Guest" }).click();
    const form = page.locator("#page form").first();
    await form.getByLabel("E-mail").fill(email);
    await form.getByLabel("Password").fill(password);
    await form.getByRole("button", { name: "Create account" }).click();
    await page.locator("#credits").getByText("49 credits").waitFor();
    await page.getByText("Welcome. A mail with a link").waitFor();
    await page.getByRole("link", { name: /Remember the harbour/ }).waitFor();

    await page.goto(await newestLink(email));
    await page.getByText("is verified").waitFor();
    await page.goto(`${pageUrl}#/account`);
    await page.getByText("Verified", { exact: true }).waitFor();
    // The guest's session went with the guest.
    await page.getByText("This one").waitFor();
    expect(await page.getByRole("button", { name: "Sign out there" }).count()).toBe(0);
    await page.getByLabel("Name of a new key").fill("My script");
    await page.getByRole("button", { name: "Create key" }).click();
    const key = (await page.locator(".secret code").textContent()) ?? "";
    expect((await new Client(baseUrl, key).get("/v1/conversations")).body.data).toHaveLength(1);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Create key" }).and(page.locator(":focus")).waitFor();

    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.locator("#credits").getByText("20 credits").waitFor();
    await page.getByRole("link", { name: "Guest" }).click();
    const signIn = page.locator("#page form").nth(1);
    await signIn.getByLabel("E-mail").fill(email);
    await signIn.getByLabel("Password").fill(password);
    await signIn.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: /Remember the harbour/ }).waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("shows a key that was made while the list of keys was on its way", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await register(page, `${crypto.randomUUID()}@example.com`);
    await page.goto("about:blank");
    const { wasRead, tell, answers } = await holdFirst(page, "/v1/users/me/api-keys");
    await page.goto(`${pageUrl}#/account`);
    await wasRead;
    await page.getByLabel("Name of a new key").fill("My script");
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("button", { name: "Close" }).click();
    const key = page.getByRole("listitem").filter({ hasText: "My script" });
    await key.waitFor();
    tell();
    await expect.poll(answers, soon).toBe(2);
    expect(await key.count()).toBe(1);
    await end();
  });

  it("says beside the field what the server refuses", async () => {
    const { page, end } = await visit(browser, `${pageUrl}#/account`);
    const form = page.locator("#page form").first();
    await form.getByLabel("E-mail").fill("someone@example.com");
    await form.getByLabel("Password").fill("1234567890");
    await form.getByRole("button", { name: "Create account" }).click();
    await expect.poll(() => form.locator(".field-problem").nth(1).textContent(), soon).not.toBe("");
    expect(await form.getByLabel("Password").getAttribute("aria-invalid")).not.toBeNull();
    await end();
  });

  it("keeps the place of who uses the keyboard, and says what is wrong", async () => {
    const { page, end } = await visit(browser, `${pageUrl}#/account`);
    const form = page.locator("#page form").nth(1);
    await form.getByLabel("E-mail").fill(`${crypto.randomUUID()}@example.com`);
    await form.getByLabel("Password").fill("not the password");
    const send = form.getByRole("button", { name: "Sign in" });
    await send.press("Enter");
    await form.getByText("The e-mail address or the password is wrong.").waitFor();
    await send.and(page.locator(":focus")).waitFor();
    await page.goto(`${pageUrl}#/verify-email?token=${"x".repeat(43)}`);
    await page.getByRole("heading", { name: "This link does not work any more" }).waitFor();
    await end();
  });

  it("gives back the words that were on their way when the session had ended, and sends nothing as somebody else", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("20 credits").waitFor();
    await page.evaluate(`(async () => {
      const session = JSON.parse(localStorage.getItem("muse.session"));
      const body = JSON.stringify({ refresh_token: session.refresh_token });
      await fetch("/api/v1/auth/logout", { method: "POST", headers: { "content-type": "application/json" }, body });
      localStorage.setItem("muse.session", JSON.stringify({ ...session, expires_at: 0 }));
    })()`);
    await say(page, "Long and precious words");
    await page.getByText("The session had ended").waitFor();
    expect(await box(page).inputValue()).toBe("Long and precious words");
    await page.locator("#credits").getByText("20 credits").waitFor();
    expect((await new Client(baseUrl, await tokenOf(page)).get("/v1/conversations")).body.data).toEqual([]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await end();
  });

  it("stays signed in when two tabs renew its session at once", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("20 credits").waitFor();
    const session = (): Promise<{ user_id: string }> =>
      page.evaluate('JSON.parse(localStorage.getItem("muse.session"))');
    const { user_id: user } = await session();
    const other = await page.context().newPage();
    // What one tab stores another may read only a moment later; here a long one.
    await other.addInitScript(`{
      const real = Storage.prototype.getItem;
      const known = [];
      const look = () => known.push({ at: Date.now(), value: real.call(localStorage, "muse.session") });
      look();
      setInterval(look, 20);
      Storage.prototype.getItem = function (name) {
        if (name !== "muse.session") return real.call(this, name);
        return (known.findLast(({ at }) => at <= Date.now() - 600) ?? known[0]).value;
      };
    }`);
    await other.goto(pageUrl);
    await other.locator("#credits").getByText("20 credits").waitFor();
    await page.evaluate(`localStorage.setItem("muse.session",
      JSON.stringify({ ...JSON.parse(localStorage.getItem("muse.session")), expires_at: 0 }))`);
    await expect
      .poll(() => other.evaluate('JSON.parse(localStorage.getItem("muse.session")).expires_at'), soon)
      .toBe(0);
    const answered = (tab: Page) => tab.waitForResponse((response) => response.url().endsWith("/users/me/credits"));
    const both = Promise.all([answered(page), answered(other)]);
    for (const tab of [page, other]) await tab.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
    expect((await both).map((response) => response.status())).toEqual([200, 200]);
    expect((await session()).user_id).toBe(user);
    await end();
  });

  it("chooses a plan, pays at the stand-in for Stripe, comes back with it, and cancels it there until it ends", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await register(page, `${crypto.randomUUID()}@example.com`);
    await page.locator("#credits").click();
    await page.getByRole("button", { name: "Choose Basic" }).click();
    // As when the browser is back before Stripe has told the server.
    const late = { is: true };
    await page.route(/\/v1\/billing\/subscription$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...(late.is ? { tier: "free" } : {}) } });
    });
    await page.route(/\/v1\/users\/me\/credits\?limit=20$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...(late.is ? { granted: 50 } : {}) } });
    });
    const yours = (plan: string) => page.getByRole("article").filter({ hasText: plan }).getByText("Your plan");
    await page.getByRole("button", { name: /pay/i }).first().click();
    await page.getByText("Thank you. What you bought").waitFor();
    await yours("Free").waitFor();
    late.is = false;
    await yours("Basic").waitFor();
    const client = new Client(baseUrl, await tokenOf(page));
    const subscription = () => client.get("/v1/billing/subscription");
    await eventually(subscription, ({ body }) => body.tier === "basic");
    expect(await client.balance()).toBeGreaterThanOrEqual(500);
    await page.reload();
    await yours("Basic").waitFor();

    await page.getByRole("button", { name: "Manage payment" }).click();
    await page.getByRole("button", { name: "Cancel at the period's end" }).click();
    await page.getByRole("button", { name: "Go on with the plan" }).waitFor();
    await eventually(subscription, ({ body }) => body.cancel_at_period_end === true);
    await page.goto(`${pageUrl}#/billing`);
    await page.getByText(/^Ends /).waitFor();
    await page.getByRole("button", { name: "Manage payment" }).click();
    await page.getByRole("button", { name: "31 days later" }).click();
    await eventually(subscription, ({ body }) => body.status === "cancelled");
    await page.goto(`${pageUrl}#/billing`);
    await yours("Free").waitFor();
    await page.getByText("Basic has ended.").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });
});
