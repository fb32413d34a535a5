import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { browserPath, holdFirst, useBrowser, visit } from "./support/browser.ts";
import {
  answers,
  baseUrl,
  box,
  completedAll,
  growing,
  openConversationMenu,
  openSettings,
  pageUrl,
  questions,
  say,
  soon,
  textOf,
} from "./support/page.ts";

const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
const chips = (page: Page) => page.getByRole("list", { name: "Files for this message" }).getByRole("listitem");

describe.skipIf(browserPath === undefined)("conversations on the page", () => {
  const browser = useBrowser();

  it("take files by a button, by dropping and by pasting them", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    await page
      .getByLabel("Files to add")
      .setInputFiles([file("harbour.txt", "The harbour is in Elba."), file("b.txt", "b")]);
    await expect.poll(() => chips(page).count(), soon).toBe(2);
    const give = (kind: string, name: string) => `{
      const data = new DataTransfer();
      data.items.add(new File(["given"], "${name}", { type: "text/plain" }));
      const target = document.querySelector("${kind === "paste" ? "#message" : "#timeline"}");
      const init = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
      for (const name of ${kind === "paste" ? '["paste"]' : '["dragenter", "dragover", "drop"]'}) {
        target.dispatchEvent(name === "paste" ? new ClipboardEvent(name, init) : new DragEvent(name, init));
      }
    }`;
    await page.evaluate(give("drop", "dropped.txt"));
    await page.evaluate(give("paste", "pasted.txt"));
    await expect.poll(() => chips(page).count(), soon).toBe(4);
    await page.getByRole("button", { name: "Remove b.txt" }).click();
    await expect.poll(() => chips(page).count(), soon).toBe(3);
    const ready = page.locator('.attachment[data-status="ready"]');
    await expect.poll(() => ready.count(), soon).toBe(3);

    await say(page, "Where is the harbour in my file? [[tokens:20]]");
    await completedAll(page, 1);
    await expect.poll(() => chips(page).count(), soon).toBe(0);
    await questions(page)
      .getByRole("button", { name: /harbour\.txt/ })
      .waitFor();
    await page.reload();
    const saved = page.waitForEvent("download");
    await questions(page)
      .getByRole("button", { name: /harbour\.txt/ })
      .click();
    expect(await readFile(await (await saved).path(), "utf8")).toBe("The harbour is in Elba.");
    await end();
  });

  it("say why a file cannot be taken, and go on without it", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    const buffer = Buffer.from([0, 1, 2, 255, 254, 0]);
    await page.getByLabel("Files to add").setInputFiles([{ name: "odd.bin", mimeType: "image/png", buffer }]);
    await page.locator('.attachment[data-status="failed"]').getByText("odd.bin").waitFor();
    await say(page, "Without it, then [[tokens:5]]");
    await completedAll(page, 1);
    expect(await questions(page).locator(".file-chip").count()).toBe(0);
    await page.getByRole("button", { name: "Remove odd.bin" }).click();
    await expect.poll(() => chips(page).count(), soon).toBe(0);
    await end();
  });

  it("show the pictures among their files, and are no wider than the screen for a long name", async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page, complaints, end } = await visit(browser, pageUrl, phone);
    await page.locator("#credits").getByText("credits").waitFor();
    const picture = await sharp({ create: { width: 60, height: 40, channels: 3, background: "#3366aa" } })
      .png()
      .toBuffer();
    const name = `${"A long name ".repeat(8)}<b>.png`;
    await page.getByLabel("Files to add").setInputFiles([{ name, mimeType: "image/png", buffer: picture }]);
    await page.locator('.attachment[data-status="ready"]').waitFor();
    await say(page, "What is this? [[tokens:5]]");
    await completedAll(page, 1);
    const chip = questions(page).getByRole("button", { name: /A long name/ });
    await chip.locator("img").waitFor();
    const scroller = "document.getElementById('scroller')";
    expect(await page.evaluate(`${scroller}.scrollWidth - ${scroller}.clientWidth`)).toBe(0);
    await page.reload();
    await chip.locator("img").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("are searched while one types, and a result leads to its message", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "The <b>pelican</b> on the pier [[tokens:5]]");
    await completedAll(page, 1);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "New conversation" }).click();
    await page.keyboard.press("ControlOrMeta+k");
    const dialog = page.getByRole("dialog", { name: "Search" });
    await dialog.getByRole("option", { name: "Memories" }).waitFor();
    const chosen = () => dialog.getByRole("combobox").getAttribute("aria-activedescendant");
    expect(await chosen()).toBe("result-recent-0");
    await page.keyboard.press("ArrowDown");
    expect(await chosen()).toBe("result-command-0");
    await page.keyboard.press("ArrowUp");
    expect(await chosen()).toBe("result-recent-0");
    await dialog.getByRole("combobox").fill("pelican");
    const found = dialog.getByRole("option").filter({ has: page.locator("mark", { hasText: "pelican" }) });
    await found.first().waitFor();
    expect(await dialog.locator("b").count()).toBe(0);
    await dialog.getByRole("radio", { name: "Titles" }).check();
    await found.first().waitFor();
    await dialog.getByRole("radio", { name: "Messages" }).check();
    await expect.poll(chosen, soon).toBe("result-messages-0");
    // Who presses Enter right after the last letter means what is about to be found.
    await page.keyboard.type(" pier");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#\/c\/conv_[^/]+\/m\/msg_/);
    await page.locator(".entry.is-target").getByText("pelican").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("are shared by a link that works without an account, until it is taken back", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Look at <img src=x onerror=alert(1)> this [[tokens:20]]");
    await completedAll(page, 1);
    await openConversationMenu(page, "Share…");
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
    const address = `${baseUrl}/${link.slice(link.indexOf("#"))}`;

    const reader = await visit(browser, address);
    await reader.page.getByRole("article", { name: "Question" }).getByText("<img src=x").waitFor();
    expect(await textOf(reader.page.getByRole("article", { name: "Muse" }))).not.toBe("");
    expect(await reader.page.locator("#message, #sidebar, article img").count()).toBe(0);
    expect(await reader.page.evaluate("localStorage.length")).toBe(0);
    expect(reader.complaints).toEqual([]);

    await page.getByRole("button", { name: "Stop sharing" }).click();
    await page.getByText(/^No longer shared/).waitFor();
    await reader.page.reload();
    await reader.page.getByRole("heading", { name: "This conversation is no longer shared" }).waitFor();
    await reader.end();
    expect(complaints).toEqual([]);
    await end();
  });

  it("are saved as Markdown and as JSON", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Words to keep [[tokens:8]]");
    await completedAll(page, 1);
    const saved = async (item: string): Promise<[string, string]> => {
      const download = page.waitForEvent("download");
      await openConversationMenu(page, item);
      const done = await download;
      return [done.suggestedFilename(), await readFile(await done.path(), "utf8")];
    };
    const [name, markdown] = await saved("Save as Markdown");
    expect(name).toMatch(/\.md$/);
    expect(markdown).toContain("Words to keep");
    const [, json] = await saved("Save as JSON");
    expect(JSON.parse(json).messages).toHaveLength(2);
    expect(complaints).toEqual([]);
    await end();
  });

  it("are remembered from: memories are read, added, changed, filtered and deleted", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    await openSettings(page, "Memories…");
    const dialog = page.getByRole("dialog", { name: "Memories" });
    const notes = dialog.getByRole("list", { name: "What Muse remembers" }).getByRole("listitem");
    for (const note of ["I sail a boat", "I like short answers"]) {
      await dialog.getByRole("textbox", { name: "Something to remember" }).fill(note);
      await page.keyboard.press("Enter");
      await notes.getByText(note).waitFor();
    }
    await notes.filter({ hasText: "boat" }).getByRole("button", { name: "Change" }).click();
    await dialog.getByRole("textbox", { name: "Change the note" }).fill("I sail a red boat");
    await page.keyboard.press("Enter");
    await notes.getByText("I sail a red boat").waitFor();
    await dialog.getByRole("searchbox", { name: "Filter the notes" }).fill("red");
    await expect.poll(() => notes.count(), soon).toBe(1);
    await dialog.getByRole("searchbox", { name: "Filter the notes" }).fill("");
    await expect.poll(() => notes.count(), soon).toBe(2);
    await notes.filter({ hasText: "short" }).getByRole("button", { name: "Forget" }).click();
    await expect.poll(() => notes.count(), soon).toBe(1);

    const memory = dialog.getByRole("switch", { name: /Remember things about me/ });
    const before = await memory.isChecked();
    const put = page.waitForResponse((response) => response.request().method() === "PUT");
    await memory.click();
    expect((await put).status()).toBe(200);
    await page.reload();
    await page.locator("#credits").getByText("credits").waitFor();
    await openSettings(page, "Memories…");
    await expect.poll(() => memory.isEnabled(), soon).toBe(true);
    expect(await memory.isChecked()).toBe(!before);
    await expect.poll(() => notes.count(), soon).toBe(1);
    expect(complaints).toEqual([]);
    await end();
  });

  it("stay in the list when they began while it was on its way", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await say(page, "The first one [[tokens:3]]");
    await completedAll(page, 1);
    const { wasRead, tell } = await holdFirst(page, "/v1/conversations");
    await page.goto("about:blank");
    await page.goto(pageUrl);
    await wasRead;
    await say(page, "The second one [[tokens:3]]");
    await completedAll(page, 1);
    const links = page.getByRole("navigation").getByRole("link");
    const second = links.filter({ hasText: /second one/ });
    await second.waitFor();
    tell();
    await links.filter({ hasText: /first one/ }).waitFor();
    expect(await second.count()).toBe(1);
    await end();
  });

  it("keep a memory in the list that was added while the list was on its way", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.locator("#credits").getByText("credits").waitFor();
    const list = await holdFirst(page, "/v1/memories");
    await openSettings(page, "Memories…");
    await list.wasRead;
    const dialog = page.getByRole("dialog", { name: "Memories" });
    await dialog.getByRole("textbox", { name: "Something to remember" }).fill("I sail a boat");
    await page.keyboard.press("Enter");
    const note = dialog.getByRole("listitem").getByText("I sail a boat");
    await note.waitFor();
    list.tell();
    // The list that was read too early, and the one that is asked for then.
    await expect.poll(list.answers, soon).toBe(2);
    await dialog.getByText("Nothing yet.").waitFor({ state: "hidden" });
    await note.waitFor();
    await end();
  });

  it("do without what a server does not have", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.route(/\/v1\/(files|memories)(\?|$)/, (route) =>
      route.fulfill({ status: 404, json: { code: "not_found", status: 404 } }),
    );
    await page.locator("#credits").getByText("credits").waitFor();
    await page.getByLabel("Files to add").setInputFiles([file("a.txt", "a")]);
    await page.getByText("This Muse does not offer that.").waitFor();
    await page.getByRole("button", { name: "Add files" }).waitFor({ state: "hidden" });
    await openSettings(page, "Memories…");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("menuitem", { name: "Keyboard…" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "Memories…" }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await say(page, "It works all the same [[tokens:5]]");
    await completedAll(page, 1);
    await end();
  });

  it("are answered by the model that was chosen for them", async () => {
    const { page, end } = await visit(browser, pageUrl);
    await page.route(/\/v1\/models$/, async (route) => {
      const response = await route.fetch();
      const models = await response.json();
      const other = { ...models.chat[0], id: "other-model", is_default: false };
      await route.fulfill({ response, json: { ...models, chat: [models.chat[0], other] } });
    });
    await page.reload();
    await page.getByRole("button", { name: /^Model: / }).click();
    await page.getByRole("menuitemradio", { name: "other-model" }).click();
    const asked = page.waitForRequest((request) => request.url().endsWith("/v1/chat"));
    await say(page, "Who are you?");
    expect((await asked).postDataJSON().model).toBe("other-model");
    await end();
  });

  it("are used by keyboard alone, and the keys can be looked up", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "Keys [[tokens:5]]");
    await completedAll(page, 1);
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard" });
    await dialog.getByText("Answer again").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await expect.poll(() => textOf(answers(page).last().locator(".version-place")), soon).toBe("2 / 2");
    await completedAll(page, 1);
    await page.keyboard.press("?");
    await dialog.getByRole("switch", { name: "Single keys" }).click();
    await page.keyboard.press("Escape");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("n");
    expect(await questions(page).count()).toBe(1);
    await box(page).focus();
    await page.keyboard.press("ArrowUp");
    await page.getByRole("textbox", { name: "Edit the message" }).waitFor();
    expect(complaints).toEqual([]);
    await end();
  });

  it("are left alone by keys that are meant for a page beside them", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    await say(page, "First [[tokens:5]]");
    await completedAll(page, 1);
    const address = page.url();
    await page.getByRole("link", { name: "Skip to content" }).press("Enter");
    await box(page).and(page.locator(":focus")).waitFor();
    expect(page.url()).toBe(address);

    await say(page, "A long way [[tokens:60]] [[pace:60]]");
    await growing(page);
    await page.getByRole("link", { name: "Gallery" }).click();
    await page.getByRole("button", { name: "Upload" }).press("Escape");
    await page.getByRole("link", { name: "Skip to content" }).press("Enter");
    await page.locator("#page:focus").press("r");
    await page.goBack();
    expect((await completedAll(page, 2)).split(/\s+/).length).toBeGreaterThan(50);
    await page.getByRole("link", { name: "Gallery" }).click();
    await page.getByRole("button", { name: "Upload" }).press("r");
    await page.goBack();
    await completedAll(page, 2);
    expect(
      await answers(page)
        .getByText(/Stopped|2 \/ 2/)
        .count(),
    ).toBe(0);
    expect(complaints).toEqual([]);
    await end();
  });

  it("look light or dark as the system does, or as was chosen", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl, { colorScheme: "light" });
    await page.locator("#credits").getByText("credits").waitFor();
    const paper = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await paper();
    await openSettings(page, "Dark");
    await expect.poll(paper, soon).not.toBe(light);
    const dark = await paper();
    await page.reload();
    expect(await paper()).toBe(dark);
    await page.emulateMedia({ colorScheme: "dark" });
    await openSettings(page, "Light");
    await expect.poll(paper, soon).toBe(light);
    await openSettings(page, "As the system");
    await expect.poll(paper, soon).toBe(dark);
    expect(complaints).toEqual([]);
    await end();
  });
});
