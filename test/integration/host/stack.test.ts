import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningStack, startStack } from "../../../src/local/stack.ts";
import { createFixtureApp, type FixtureApp } from "./support/fixture-app.ts";
import { countMessages, inBase64 } from "./support/storage.ts";
import { waitFor } from "./support/wait-for.ts";

let app: FixtureApp;
let stack: RunningStack;
const lines: string[] = [];
beforeAll(async () => {
  app = createFixtureApp({
    main: `
      import { app } from "@azure/functions";
      app.setup({ enableHttpStream: true });
      app.http("cache", { handler: async () => ({ body: process.env.CACHE_DIR }) });
      app.storageQueue("jobs", { queueName: "jobs", connection: "AzureWebJobsStorage", handler: (message, context) => context.log(message) });`,
  });
  const environment = { MONGODB_URI: "mongodb://127.0.0.1:9/none" };
  stack = await startStack({ appFolder: app.folder, environment, log: (_level, line) => lines.push(line) });
});
afterAll(async () => {
  await stack?.stop();
  app?.remove();
});

describe("a stack in the test's own process", () => {
  it("serves the app with a storage of its own, and leaves nothing behind", async () => {
    expect(stack.mongoUri).toBe("mongodb://127.0.0.1:9/none");
    const folder = dirname(await (await fetch(`${stack.url}/api/cache`)).text());
    expect(existsSync(folder)).toBe(true);
    const queue = QueueServiceClient.fromConnectionString(stack.storageConnectionString).getQueueClient("jobs");
    await queue.createIfNotExists();
    await queue.sendMessage(inBase64("hello"));
    await waitFor(() => lines.includes("jobs: hello"));
    await waitFor(async () => (await countMessages(queue)) === 0);
    await stack.stop();
    await expect(fetch(stack.url)).rejects.toThrow();
    expect(existsSync(folder)).toBe(false);
  });
});
