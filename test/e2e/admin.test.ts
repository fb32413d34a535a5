import { describe, expect, it } from "vitest";
import { admin } from "../support/admin.ts";
import { guest } from "../support/client.ts";
import { browserPath, useBrowser, visit } from "./support/browser.ts";
import { openSettings, pageUrl, soon } from "./support/page.ts";

describe.skipIf(browserPath === undefined)("administration on the page", () => {
  const browser = useBrowser();

  it("finds an account, gives it credits, runs a timer, and shows what was done", async () => {
    const { client: boss } = await admin();
    const someone = await guest();
    const { id } = (await someone.get("/v1/users/me")).body;
    const { page, complaints, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    const keep = `localStorage.setItem("muse.session", JSON.stringify({ user_id: "admin", refresh_token: "none",
      access_token: ${JSON.stringify(boss.token)}, expires_at: Date.now() + 600000 }))`;
    await page.evaluate(keep);
    await page.reload();
    await page.locator("#credits").getByText("credits").waitFor();
    await openSettings(page, "Administration");
    await page.getByRole("heading", { name: "Overview" }).waitFor();

    await page.getByLabel("Find accounts").fill(id);
    const row = page.locator(".page-line").filter({ hasText: id });
    await row.getByRole("button", { name: "Change" }).click();
    await page.getByLabel("Credits to give").fill("25");
    await page.getByLabel("Why").fill("A thank-you");
    await page.getByRole("dialog").getByRole("button", { name: "Change" }).click();
    await row.getByText("45 credits").waitFor();
    expect(await someone.balance()).toBe(45);

    const timer = page.locator(".page-line").filter({ hasText: "clean-local-caches" });
    if ((await timer.count()) > 0) {
      await timer.getByRole("button", { name: "Run now" }).click();
      await expect.poll(() => timer.getByRole("button").isEnabled(), soon).toBe(true);
    }
    await page.reload();
    await page.locator("summary").filter({ hasText: id }).first().waitFor();
    expect(complaints).toEqual([]);
    await end();
  });
});
