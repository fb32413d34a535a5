import type { Page } from "playwright-core";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Client } from "../support/client.ts";
import { browserPath, useBrowser, visit } from "./support/browser.ts";
import { baseUrl, pageUrl, soon } from "./support/page.ts";

const tiles = (page: Page) => page.locator(".gallery-tile");

/** The API as the person on the page. */
async function clientOf(page: Page): Promise<Client> {
  await page.locator("#credits").getByText("credits").waitFor();
  const token: string = await page.evaluate('JSON.parse(localStorage.getItem("muse.session")).access_token');
  return new Client(baseUrl, token);
}

async function makePicture(client: Client, prompt: string, tags: readonly string[]): Promise<string> {
  const body = { prompt: `${prompt} [[pace:0]]`, image_size: "128x128", tags };
  const { id } = (await client.post("/v1/generations", body)).body;
  return (await client.get(`/v1/generations/${id}?wait=60`)).body.images[0].id;
}

describe.skipIf(browserPath === undefined)("the gallery", () => {
  const browser = useBrowser();

  it("shows, filters, tags and deletes one's pictures", async () => {
    const { page, complaints, end } = await visit(browser, pageUrl);
    const client = await clientOf(page);
    await makePicture(client, "a lighthouse", ["sea"]);
    await makePicture(client, "a fox", ["forest"]);
    await page.getByRole("link", { name: "Gallery" }).click();
    await expect.poll(() => tiles(page).count(), soon).toBe(2);
    const isSeen = "[...document.querySelectorAll('.gallery-tile img')].every((image) => image.naturalWidth === 256)";
    await expect.poll(() => page.evaluate(isSeen), soon).toBe(true);

    const upload = await sharp({ create: { width: 300, height: 200, channels: 3, background: "#3366aa" } })
      .png()
      .toBuffer();
    await page
      .locator('input[type="file"][accept^="image"]')
      .setInputFiles({ name: "blue.png", mimeType: "image/png", buffer: upload });
    await expect.poll(() => tiles(page).count(), soon).toBe(3);
    await page.getByLabel("Uploaded", { exact: true }).check();
    await expect.poll(() => tiles(page).count(), soon).toBe(1);
    await page.getByLabel("All", { exact: true }).check();
    await page.getByRole("button", { name: "sea", exact: true }).click();
    await expect.poll(() => tiles(page).count(), soon).toBe(1);
    await page.getByRole("button", { name: "sea", exact: true }).click();
    await page.getByLabel("Search pictures").fill("fox");
    await expect.poll(() => tiles(page).count(), soon).toBe(1);
    await page.getByLabel("Search pictures").fill("");
    await expect.poll(() => tiles(page).count(), soon).toBe(3);

    await page.getByRole("button", { name: "Choose", exact: true }).click();
    await tiles(page).nth(0).click();
    await tiles(page)
      .nth(2)
      .click({ modifiers: ["Shift"] });
    await page.getByText("3 pictures", { exact: true }).waitFor();
    await page.getByLabel("Tags, separated by commas").fill("Trip, Trip");
    await page.getByRole("button", { name: "Tag", exact: true }).click();
    await page.getByRole("button", { name: "trip", exact: true }).waitFor();
    await tiles(page).nth(2).click();
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => tiles(page).count(), soon).toBe(1);
    const left = (await client.get("/v1/images")).body.data;
    expect(left.map(({ tags }: { tags: string[] }) => tags)).toEqual([["sea", "trip"]]);
    expect(complaints).toEqual([]);
    await end();
  });

  it("makes another picture from one, and falls back where an address fails", async () => {
    const { page, end } = await visit(browser, pageUrl);
    const client = await clientOf(page);
    const imageId = await makePicture(client, "a red boat", []);
    await page.route(/variant=thumbnail/, (route) => route.abort());
    await page.getByRole("link", { name: "Gallery" }).click();
    const isSeen = "document.querySelector('.gallery-tile img')?.naturalWidth === 128";
    await expect.poll(() => page.evaluate(isSeen), soon).toBe(true);
    await tiles(page).first().click();
    await page.getByLabel("Caption").fill("My boat");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(async () => (await client.get(`/v1/images/${imageId}`)).body.caption, soon).toBe("My boat");
    await page.getByRole("button", { name: "Make another from it" }).click();
    await page.getByLabel("How far from the picture").waitFor();
    await page.locator("#message").press("Enter");
    const made = async () => (await client.get("/v1/generations?limit=1")).body.data[0];
    await expect.poll(async () => (await made()).kind, soon).toBe("image_to_image");
    expect(await made()).toMatchObject({ init_image_id: imageId, denoising_strength: 0.6 });
    await end();
  });

  it("takes pictures that are dropped on it, and not for the message behind it", async () => {
    const { page, end } = await visit(browser, `${pageUrl}#/gallery`);
    await page.getByRole("button", { name: "Upload" }).waitFor();
    const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: "#3366aa" } })
      .png()
      .toBuffer();
    const dataTransfer = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(${JSON.stringify([...png])});
      transfer.items.add(new File([bytes], "blue.png", { type: "image/png" }));
      return transfer;
    })()`);
    for (const kind of ["dragenter", "dragover", "drop"]) {
      await page.locator(".page-gallery").dispatchEvent(kind, { dataTransfer });
    }
    await expect.poll(() => tiles(page).count(), soon).toBe(1);
    await page.getByRole("link", { name: "New conversation" }).click();
    expect(await page.locator(".attachment").count()).toBe(0);
    await end();
  });

  it("shows a picture on a phone with nothing laid over it, and is heard while it does", async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page, complaints, end } = await visit(browser, pageUrl, phone);
    const client = await clientOf(page);
    await makePicture(client, "a mill", []);
    await page.goto(`${pageUrl}#/gallery`);
    await tiles(page).first().click();
    const dialog = page.getByRole("dialog", { name: "Picture" });
    await dialog.getByRole("button", { name: "Save" }).waitFor();
    const picture = await dialog.locator(".picture-large").boundingBox();
    const below = await dialog.getByRole("button", { name: "Make another from it" }).boundingBox();
    expect(picture).toMatchObject({ height: expect.closeTo(picture?.width ?? 0, 0) });
    expect(below?.y).toBeGreaterThanOrEqual((picture?.y ?? 0) + (picture?.height ?? 0));
    // What stands beside an open dialog is covered by it, and not read out either.
    await dialog.getByLabel("Caption").fill("The old mill");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Saved.").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("body > #toasts").getByText("Saved.").waitFor();
    expect(complaints).toEqual([]);
    await end();
  });
});
