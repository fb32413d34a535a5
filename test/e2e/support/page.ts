import type { Locator, Page } from "playwright-core";
import { inject } from "vitest";

export const baseUrl = inject("baseUrl");
export const pageUrl = `${baseUrl}/api/app`;

/** For what is polled. */
export const soon = { timeout: 15_000 };

export const answers = (page: Page): Locator => page.getByRole("article", { name: "Muse" });
export const questions = (page: Page): Locator => page.getByRole("article", { name: "You" });
export const box = (page: Page): Locator => page.locator("#message");

export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? "";

export async function say(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await box(page).press("Enter");
}

const completeProse = 'article[aria-label="Muse"][aria-busy="false"] .prose:not(.is-writing)';

/** Waits until an answer is complete; gives the newest one's text. */
export async function completed(page: Page): Promise<string> {
  const prose = page.locator(completeProse).last();
  await prose.waitFor();
  return textOf(prose);
}

/** Waits until so many answers are complete and none is being written; gives the newest one's text. */
export async function completedAll(page: Page, count: number): Promise<string> {
  await page
    .locator(completeProse)
    .nth(count - 1)
    .waitFor();
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  return completed(page);
}

/** Waits until something of an answer can be read while it is being written. */
export async function growing(page: Page): Promise<void> {
  await page.locator('article[aria-label="Muse"][aria-busy="true"] .prose').filter({ hasText: /\S/ }).waitFor();
}

export async function creditsShown(page: Page): Promise<number> {
  return Number.parseInt(await textOf(page.locator("#credits")), 10);
}

export async function openConversationMenu(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "Conversation menu" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

export async function openSettings(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole(/light|dark|system/i.test(item) ? "menuitemradio" : "menuitem", { name: item }).click();
}
