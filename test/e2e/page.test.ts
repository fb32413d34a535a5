import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Client } from "../support/client.ts";
import { browserPath, useBrowser, visit } from "./support/browser.ts";
import {
  answers,
  baseUrl,
  box,
  completed,
  creditsShown,
  pageUrl,
  questions,
  say,
  soon,
  textOf,
} from "./support/page.ts";

if (browserPath === undefined) {
  console.log("The page is not tested: no Chromium was found here. Set CHROMIUM_PATH to one to test it.");
}

const pictures = (page: Page): Locator => page.getByRole("article", { name: "Picture" });

async function isInView(locator: Locator): Promise<boolean> {
  const seen = await locator.boundingBox();
  const size = locator.page().viewportSize();
  return seen !== null && size !== null && seen.x >= 0 && seen.x + seen.width <= size.width && seen.y < size.height;
}

describe.skipIf(browserPath === undefined)("the page", () => {
  const browser = useBrowser();

  it("is what the root of the site shows", async () => {
    const { page, complaints, end } = await visit(browser, baseUrl);
    await page.getByRole("heading", { name: "What shall we make?" }).waitFor();
    await page.locator("#credits").getByText("credits").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("signs a visitor in, streams an answer and still shows it after a reload", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await page.getByRole("heading", { name: "What shall we make?" }).waitFor();
    await page.locator("#credits").getByText("credits").waitFor();
    const before = await creditsShown(page);

    await say(page, "Tell me about lighthouses [[tokens:60]] [[pace:60]]");
    const growing = page.locator('article[aria-label="Muse"][aria-busy="true"] .prose');
    await growing.filter({ hasText: /\S/ }).waitFor();
    const early = await textOf(growing);
    const whole = await completed(page);
    expect(whole.length).toBeGreaterThan(early.length);
    expect(page.url()).toMatch(/#\/c\/conv_/);
    await expect.poll(() => creditsShown(page), soon).toBe(before - 1);
    const link = page.getByRole("navigation").getByRole("link", { name: /lighthouses/ });
    expect(await link.getAttribute("aria-current")).toBe("page");

    await page.reload();
    expect(await completed(page)).toBe(whole);
    expect(await textOf(questions(page))).toContain("lighthouses");
    expect(complaints).toEqual([]);
    await end();
  });

  it("stops an answer with Escape and keeps what there is of it", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Go on and on [[tokens:400]] [[pace:50]]");
    await page.locator('article[aria-label="Muse"][aria-busy="true"] .prose').filter({ hasText: /\S/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await page.keyboard.press("Escape");
    const kept = await completed(page);
    expect(kept.trim()).not.toBe("");
    expect(kept.split(/\s+/).length).toBeLessThan(300);
    await answers(page)
      .getByText(/^Stopped/)
      .waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();

    await page.reload();
    expect(await completed(page)).toBe(kept);
    expect(complaints).toEqual([]);
    await end();
  });

  it("goes on with an answer that was being written when the page was reloaded", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "A long story [[tokens:120]] [[pace:50]]");
    await page.locator('article[aria-label="Muse"][aria-busy="true"] .prose').filter({ hasText: /\S/ }).waitFor();
    await page.waitForURL(/#\/c\/conv_/);
    await page.reload();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    const whole = await completed(page);
    expect(whole.split(/\s+/).length).toBeGreaterThan(60);
    expect(await answers(page).count()).toBe(1);
    expect(complaints).toEqual([]);
    await end();
  });

  it("reads an answer to its end although the connection broke", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await say(page, "A long way [[tokens:100]] [[pace:40]]");
    await page.locator('article[aria-label="Muse"][aria-busy="true"] .prose').filter({ hasText: /\S/ }).waitFor();
    await page.context().setOffline(true);
    await page.getByText(/^You are offline/).waitFor();
    await page.context().setOffline(false);
    await page.getByText(/^You are offline/).waitFor({ state: "hidden" });
    expect((await completed(page)).split(/\s+/).length).toBeGreaterThan(50);
    expect(await answers(page).count()).toBe(1);
    expect(await questions(page).count()).toBe(1);
    await end();
  });

  it("shows what a person writes as text, never as markup", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    const markup = `<b>bold</b> <img src="x" onerror="document.title='broken'"> [link](javascript:alert(1))`;
    await say(page, `${markup} [[tokens:5]]`);
    await completed(page);
    expect(await textOf(questions(page))).toContain(markup);
    expect(await page.locator("article b, article img, article a[href^='javascript']").count()).toBe(0);
    expect(await page.title()).not.toBe("broken");
    expect(complaints).toEqual([]);
    await end();
  });

  it("says when an answer failed", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await say(page, "Fail, please [[fail:500]]");
    await answers(page).getByText("The model could not finish this.").waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await end();
  });

  it("makes pictures with progress, shows them large and still has them after a reload", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    const before = await creditsShown(page);
    await page.getByRole("radio", { name: "Image" }).check();
    await page.getByRole("radio", { name: "Portrait" }).check();
    await page.getByRole("button", { name: "More pictures" }).click();
    await page.locator("#composer-hint").getByText("2 credits").waitFor();
    await say(page, "A lighthouse at dusk [[pace:200]]");

    const progress = page.getByRole("progressbar", { name: "Picture" });
    await expect.poll(async () => Number(await progress.getAttribute("aria-valuenow")), soon).toBeGreaterThan(0);
    const place = await pictures(page).locator(".tiles").boundingBox();
    const tiles = page.getByRole("button", { name: /^Open large/ });
    await tiles.nth(1).locator("img.is-loaded").waitFor();
    expect(await tiles.count()).toBe(2);
    // The pictures take exactly the place that was kept for them.
    const filled = await pictures(page).locator(".tiles").boundingBox();
    expect(filled?.height).toBeCloseTo(place?.height ?? 0, 0);
    expect(filled?.width).toBeCloseTo(place?.width ?? 0, 0);
    await expect.poll(() => creditsShown(page), soon).toBe(before - 2);

    await tiles.first().click();
    const dialog = page.getByRole("dialog", { name: "Picture" });
    await dialog.getByRole("img", { name: /lighthouse at dusk/ }).waitFor();
    const download = dialog.getByRole("link", { name: "Download" });
    expect(await download.getAttribute("download")).toMatch(/^a-lighthouse-at-dusk\./);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    await page.reload();
    await page
      .getByRole("button", { name: /^Open large/ })
      .nth(1)
      .locator("img.is-loaded")
      .waitFor();
    expect(await pictures(page).count()).toBe(1);
    expect(complaints).toEqual([]);
    await end();
  });

  it("finds a picture that is being made again after a reload, and cancels it", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    const before = await creditsShown(page);
    await page.getByRole("radio", { name: "Image" }).check();
    await say(page, "A very slow picture [[pace:3000]]");
    await page.getByRole("progressbar", { name: "Picture" }).waitFor();
    await page.reload();
    await page.getByRole("progressbar", { name: "Picture" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await pictures(page)
      .getByText(/^Cancelled/)
      .waitFor();
    await expect.poll(() => creditsShown(page), soon).toBe(before);
    expect(complaints).toEqual([]);
    await end();
  });

  it("renames a conversation, deletes it and brings it back", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Names for a boat [[tokens:5]]");
    await completed(page);
    await page.getByRole("button", { name: "Conversation menu" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "New title" }).fill("Boats");
    await page.keyboard.press("Enter");
    const link = page.getByRole("navigation").getByRole("link", { name: "Boats" });
    await link.waitFor();

    await page.getByRole("button", { name: "Conversation menu" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "What shall we make?" }).waitFor();
    await link.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Undo" }).click();
    await link.waitFor();
    expect(await completed(page)).not.toBe("");
    await expect.poll(() => page.title(), soon).toBe("Boats · Muse");
    expect(complaints).toEqual([]);
    await end();
  });

  it("is no wider than a phone for whatever long word stands somewhere", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl, { viewport: { width: 360, height: 740 } });
    await page.locator("#credits").getByText("credits").waitFor();
    const word = "Donaudampfschifffahrtsgesellschaftskapitaen".repeat(2);
    await page.goto(`${pageUrl}#/account`);
    const form = page.locator("#page form").first();
    await form.getByLabel("E-mail").fill(`${word.slice(0, 40)}-${crypto.randomUUID().slice(0, 13)}@example.com`);
    await form.getByLabel("Password").fill("a quiet harbour at noon");
    await form.getByRole("button", { name: "Create account" }).click();
    await page.locator("#credits").getByText("50 credits").waitFor();
    const token: string = await page.evaluate('JSON.parse(localStorage.getItem("muse.session")).access_token');
    const client = new Client(baseUrl, token);
    const { id } = (await client.post("/v1/conversations", { title: word })).body;
    const request = { prompt: word, image_size: "128x128", conversation_id: id };
    const generation = (await client.post("/v1/generations", request)).body;
    expect((await client.get(`/v1/generations/${generation.id}?wait=30`)).body.status).toBe("completed");
    await client.post("/v1/users/me/api-keys", { name: word });
    const { url } = (await client.post(`/v1/conversations/${id}/share`)).body;
    const tooWide = `[...document.querySelectorAll("#scroller, #page, dialog[open], dialog[open] *")]
      .filter((node) => /auto|scroll/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth)
      .map((node) => node.id || node.className)`;
    await page.goto(`${pageUrl}#/account`);
    await page.getByRole("button", { name: `Delete: ${word}` }).waitFor();
    expect(await page.evaluate(tooWide)).toEqual([]);
    await page.goto(`${pageUrl}#/c/${id}`);
    await page.getByRole("button", { name: /^Open large/ }).click();
    await page.getByRole("link", { name: "Download" }).waitFor();
    expect(await page.evaluate(tooWide)).toEqual([]);
    const reader = await visit(browser, url, { viewport: { width: 360, height: 740 } });
    await reader.page.getByRole("heading", { name: word }).waitFor();
    expect(await reader.page.evaluate(tooWide)).toEqual([]);
    expect([...complaints, ...reader.complaints]).toEqual([]);
    await reader.end();
    await end();
  });

  it("fits a phone: a drawer for the list, nothing wider than the screen", async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
    const { page, complaints, end } = await visit(browser, pageUrl, phone);
    await say(page, "On the go [[tokens:80]] [[pace:5]]");
    await completed(page);
    const isWider = () => page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
    expect(await isWider()).toBe(false);
    const fresh = page.getByRole("link", { name: "New conversation" });
    expect(await fresh.isVisible()).toBe(false);

    await page.getByRole("button", { name: "Conversations" }).tap();
    await expect.poll(() => isInView(fresh.last()), soon).toBe(true);
    await fresh.last().tap();
    await page.getByRole("heading", { name: "What shall we make?" }).waitFor();
    expect(await isInView(box(page))).toBe(true);
    expect(await isWider()).toBe(false);
    expect(complaints).toEqual([]);
    await end();
  });
});
