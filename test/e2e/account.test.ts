import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Client, eventually } from "../support/client.ts";
import { browserPath, useBrowser, visit } from "./support/browser.ts";
import { baseUrl, pageUrl, say, soon } from "./support/page.ts";

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
    await expect.poll(() => page.getByRole("article", { name: "Muse" }).count(), soon).toBe(1);
    await page.goto(pageUrl);
    await page.locator("#credits").getByText("19 credits").waitFor();
    await page.getByRole("link", { name: "Guest" }).click();
    const form = page.locator("#page form").first();
    await form.getByLabel("E-mail").fill(email);
    await form.getByLabel("Password").fill(password);
    await form.getByRole("button", { name: "Create account" }).click();
    await page.locator("#credits").getByText("49 credits").waitFor();
    await page.getByRole("link", { name: /Remember the harbour/ }).waitFor();

    await page.goto(await newestLink(email));
    await page.getByText("is verified").waitFor();
    await page.goto(`${pageUrl}#/account`);
    await page.getByText("Verified", { exact: true }).waitFor();
    await page.getByLabel("Name of a new key").fill("My script");
    await page.getByRole("button", { name: "Create key" }).click();
    const key = (await page.locator(".secret code").textContent()) ?? "";
    expect((await new Client(baseUrl, key).get("/v1/conversations")).body.data).toHaveLength(1);
    await page.getByRole("button", { name: "Close" }).click();

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

  it("chooses a plan, pays at the stand-in for Stripe, and comes back with it", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await register(page, `${crypto.randomUUID()}@example.com`);
    await page.locator("#credits").click();
    await page.getByRole("button", { name: "Choose Basic" }).click();
    await page.getByRole("button", { name: /pay/i }).first().click();
    await page.getByText("Thank you. What you bought").waitFor();
    const client = new Client(baseUrl, await tokenOf(page));
    const subscription = () => client.get("/v1/billing/subscription");
    await eventually(subscription, ({ body }) => body.tier === "basic");
    expect(await client.balance()).toBeGreaterThanOrEqual(500);
    await page.reload();
    await page.getByRole("article").filter({ hasText: "Basic" }).getByText("Your plan").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });
});
