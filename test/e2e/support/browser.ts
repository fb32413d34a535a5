import { accessSync, constants } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const usualPlaces = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A Chromium of this machine: `CHROMIUM_PATH`, else one of the usual places, else none. */
export const browserPath = usualPlaces.find((path): path is string => path !== undefined && isExecutable(path));

function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(browserPath === undefined ? {} : { executablePath: browserPath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** One browser for the tests of a file, called within their `describe`. It is there once they run. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error("the browser is there only while tests run");
    return browser;
  };
}

export interface Visit {
  readonly page: Page;
  /** Errors on the console, uncaught errors and violations of the page's policy so far. */
  readonly complaints: readonly string[];
  readonly end: () => Promise<void>;
}

/**
 * Lets the server answer the first request for this path at once, and the page hear of it only when it is told.
 * @returns when it was answered, what tells it, and how many answers to a GET of the path the page has had
 */
export async function holdFirst(
  page: Page,
  path: string,
): Promise<{ wasRead: Promise<void>; tell: () => void; answers: () => number }> {
  const isAbout = (url: URL) => url.pathname.endsWith(path);
  let answers = 0;
  page.on("response", (response) => {
    if (response.request().method() === "GET" && isAbout(new URL(response.url()))) answers += 1;
  });
  const [read, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route(
    isAbout,
    async (route) => {
      const response = await route.fetch();
      read.resolve();
      await told.promise;
      await route.fulfill({ response });
    },
    { times: 1 },
  );
  return { wasRead: read.promise, tell: told.resolve, answers: () => answers };
}

/** Opens the page as a new visitor: nothing stored, so a guest of its own. */
export async function visit(browser: () => Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser().newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  // A violation of the content security policy is reported on the console as an error.
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, end: () => context.close() };
}
