import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { browserPath, useBrowser, visit } from "./support/browser.ts";
import {
  answers,
  box,
  completed,
  completedAll,
  growing,
  pageUrl,
  questions,
  say,
  soon,
  textOf,
} from "./support/page.ts";

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };
const copied = (page: Page): Promise<string> => page.evaluate("navigator.clipboard.readText()");

describe.skipIf(browserPath === undefined)("messages on the page", () => {
  const browser = useBrowser();

  it("are answered again, and every version can be seen", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Tell me about tides [[tokens:30]]");
    const first = await completed(page);
    const place = answers(page).last().locator(".version-place");
    await page.getByRole("button", { name: "Answer again" }).click();
    await expect.poll(() => textOf(place), soon).toBe("2 / 2");
    await completedAll(page, 1);
    expect(await answers(page).count()).toBe(1);

    const stepBack = page.waitForResponse((response) => response.url().endsWith("/active"));
    await page.getByRole("button", { name: "Earlier version" }).click();
    await expect.poll(() => textOf(place), soon).toBe("1 / 2");
    expect(await completed(page)).toBe(first);
    expect((await stepBack).status()).toBe(200);

    await page.reload();
    expect(await completed(page)).toBe(first);
    expect(await textOf(place)).toBe("1 / 2");
    expect(complaints).toEqual([]);
    await end();
  });

  it("are edited in place; the branch before comes back with all that followed", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Tell me about old harbours [[tokens:12]]");
    await completedAll(page, 1);
    await say(page, "And about new ones [[tokens:12]]");
    await completedAll(page, 2);

    await questions(page).first().hover();
    await questions(page).first().getByRole("button", { name: "Edit" }).click();
    const field = page.getByRole("textbox", { name: "Edit the message" });
    await field.press("Escape");
    await questions(page).first().getByText("old harbours").waitFor();
    await questions(page).first().getByRole("button", { name: "Edit" }).click();
    await field.fill("Tell me about kites [[tokens:12]]");
    await field.press("Enter");
    await expect.poll(() => questions(page).count(), soon).toBe(1);
    await completedAll(page, 1);
    await questions(page).getByText("kites").waitFor();
    expect(await textOf(questions(page).locator(".version-place"))).toBe("2 / 2");

    await questions(page).getByRole("button", { name: "Earlier version" }).click();
    await questions(page).getByText("And about new ones").waitFor();
    expect(await answers(page).count()).toBe(2);
    await questions(page).first().getByText("old harbours").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("keep the words of an edit that was refused", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await say(page, "First words [[tokens:5]]");
    await completedAll(page, 1);
    await page.route(/\/v1\/messages\/[^/]+$/, (route) =>
      route.request().method() === "PATCH"
        ? route.fulfill({ status: 402, json: { code: "insufficient_credits", title: "No credits", status: 402 } })
        : route.continue(),
    );
    await box(page).press("ArrowUp");
    const field = page.getByRole("textbox", { name: "Edit the message" });
    await field.fill("Other words");
    await field.press("Enter");
    await page.getByText("There are not enough credits left for this.").waitFor();
    expect(await field.inputValue()).toBe("Other words");
    expect(await answers(page).count()).toBe(1);
    await end();
  });

  it("go on from where the stream was lost", async () => {
    const { page, end } = await visit(browser, pageUrl);
    // The first events arrive, then the connection is gone.
    await page.route(/\/v1\/chat$/, async (route) => {
      const response = await route.fetch();
      const events = (await response.text()).split("\n\n");
      await route.fulfill({ response, body: `${events.slice(0, 8).join("\n\n")}\n\n` });
    });
    const resumed = page.waitForRequest((request) => request.url().endsWith("/stream"));
    await say(page, "A long way [[tokens:40]] [[pace:5]]");
    expect((await resumed).headers()["last-event-id"]).toMatch(/^\d+-[1-9]\d*-0$/);
    const whole = await completedAll(page, 1);
    await page.reload();
    expect(await completed(page)).toBe(whole);
    expect(await questions(page).count()).toBe(1);
    await end();
  });

  it("are found again where the connection broke before the first word", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await say(page, "Hello [[tokens:5]]");
    await completedAll(page, 1);
    // They arrive, but the page never hears of it.
    await page.route(/\/v1\/(conversations\/[^/]+\/messages|messages\/[^/]+\/regenerate)$/, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await say(page, "Are you there? [[tokens:8]]");
    await completedAll(page, 2);
    expect(await questions(page).count()).toBe(2);
    const place = answers(page).last().locator(".version-place");
    await answers(page).last().getByRole("button", { name: "Answer again" }).click();
    await expect.poll(() => textOf(place), soon).toBe("2 / 2");
    await completedAll(page, 2);
    expect(await answers(page).count()).toBe(2);
    await end();
  });

  it("are followed by asking where a server cannot resume streams", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.route(/\/stream$/, (route) => route.fulfill({ status: 404, json: { code: "not_found", status: 404 } }));
    await say(page, "A long story [[tokens:60]] [[pace:60]]");
    await growing(page);
    await page.waitForURL(/#\/c\/conv_/);
    await page.reload();
    expect((await completedAll(page, 1)).split(/\s+/).length).toBeGreaterThan(30);
    await end();
  });

  it("can be rated with a comment, and copied", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl, clipboard);
    await say(page, "Tell me about compasses [[tokens:20]]");
    await completedAll(page, 1);
    const down = page.getByRole("button", { name: "Bad answer" });
    await down.click();
    await page.getByRole("textbox", { name: /What was wrong/ }).fill("Too short");
    await page.keyboard.press("Enter");
    await page.getByText("Thank you. That helps.").waitFor();
    await page.reload();
    await completedAll(page, 1);
    expect(await down.getAttribute("aria-pressed")).toBe("true");
    await down.click();
    await expect.poll(() => down.getAttribute("aria-pressed"), soon).toBe("false");

    await answers(page).getByRole("button", { name: "Copy" }).click();
    await expect.poll(() => copied(page), soon).toContain((await completed(page)).trim().slice(0, 20));
    await questions(page).hover();
    await questions(page).getByRole("button", { name: "Copy" }).click();
    await expect.poll(() => copied(page), soon).toContain("compasses");
    expect(complaints).toEqual([]);
    await end();
  });

  it("have structured content rendered as what it is, and nothing in it is run", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Parts, please [[tokens:5]]");
    await completedAll(page, 1);
    const parts = [
      { type: "text", value: "Some **strong** words <script>document.title='broken'</script>" },
      { type: "code", value: { code: "const a = '<b>';", language: "javascript" } },
      { type: "button", value: { label: "Tell me more" } },
      { type: "button", value: { label: "Never", url: "javascript:alert(1)" } },
      { type: "card", value: { title: "A card", text: "With words", url: "https://example.test/" } },
    ];
    await page.route(/\/v1\/conversations\/[^/]+\/messages\?/, async (route) => {
      const response = await route.fetch();
      const list = await response.json();
      list.data[1].content = parts;
      await route.fulfill({ response, json: list });
    });
    await page.reload();
    const answer = answers(page).last();
    await answer.locator("strong", { hasText: "strong" }).waitFor();
    await answer.locator("figure.code", { hasText: "const a = '<b>';" }).waitFor();
    expect(await answer.getByRole("link", { name: "A card" }).getAttribute("href")).toBe("https://example.test/");
    expect(await answer.locator("script, b, a[href^='javascript']").count()).toBe(0);
    expect(await page.title()).not.toBe("broken");
    await page.unrouteAll();
    await answer.getByRole("button", { name: "Tell me more" }).click();
    await questions(page).getByText("Tell me more").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("are read in the direction of their own words", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "مرحبا، كيف حالك؟ [[tokens:3]]");
    await completedAll(page, 1);
    await page.route(/\/v1\/conversations\/[^/]+\/messages\?/, async (route) => {
      const response = await route.fetch();
      const list = await response.json();
      const lines = [
        "أهلا وسهلا.",
        "In English.",
        "- عنصر أول",
        "> اقتباس",
        "| a | b |\n|---|---|\n| one<br>two | c |",
      ];
      list.data[1].content = `${lines.join("\n\n")}\n\n[bad](javascript:alert(1)) <br onclick=alert(1)>`;
      await route.fulfill({ response, json: list });
    });
    await page.reload();
    const answer = answers(page).last();
    const reads = (locator: Locator, way: "ltr" | "rtl") => locator.and(page.locator(`:dir(${way})`)).waitFor();
    await answer.getByText("أهلا").waitFor();
    await reads(questions(page).locator(".question-text"), "rtl");
    await reads(answer.getByText("أهلا"), "rtl");
    await reads(answer.getByText("In English."), "ltr");
    await reads(answer.locator("ul"), "rtl");
    await reads(answer.locator("blockquote"), "rtl");
    expect(await answer.locator("td br").count()).toBe(1);
    await answer.getByText("<br onclick=alert(1)>").waitFor();
    await box(page).fill("שלום");
    await reads(box(page), "rtl");
    expect(complaints).toEqual([]);
    await end();
  });

  it("show the tools that an answer calls, and what they said", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Use get_time and tell me how late it is");
    const call = answers(page).locator("details.call");
    await call.getByText("Looked at the clock").waitFor();
    await completedAll(page, 1);
    await call.locator("summary").click();
    await call.getByText('"weekday"').waitFor();
    await page.reload();
    await call.getByText("Looked at the clock").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });
});
