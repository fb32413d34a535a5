import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchAzurite } from "../../../src/local/azurite.ts";
import { isAnswering } from "../../../src/local/free-port.ts";
import { countMessages } from "./support/storage.ts";
import { waitFor } from "./support/wait-for.ts";

const AZURITE = fileURLToPath(new URL("../../../src/local/azurite.ts", import.meta.url));

let dataFolder: string;
beforeAll(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "muse-azurite-"));
});
afterAll(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }));

const queueOf = (connectionString: string) =>
  QueueServiceClient.fromConnectionString(connectionString).getQueueClient("kept");

describe.concurrent("Azurite", () => {
  it("keeps its data, its ports and its key in the data folder", async () => {
    const folder = mkdtempSync(join(dataFolder, "kept-"));
    const first = await launchAzurite({ dataFolder: folder });
    await queueOf(first.connectionString).create();
    await queueOf(first.connectionString).sendMessage("a message");
    await first.stop();
    expect(await isAnswering(Number(new URL(first.queueUrl).port))).toBe(false);
    const second = await launchAzurite({ dataFolder: folder });
    try {
      expect(second.connectionString).toBe(first.connectionString);
      expect(await countMessages(queueOf(second.connectionString))).toBe(1);
    } finally {
      await second.stop();
    }
  });

  it("saves and ends by itself when its parent is killed, and a new one can start at once", async () => {
    const folder = mkdtempSync(join(dataFolder, "killed-"));
    const script = `
      const { launchAzurite } = await import(${JSON.stringify(AZURITE)});
      const { QueueServiceClient } = await import("@azure/storage-queue");
      const azurite = await launchAzurite({ dataFolder: ${JSON.stringify(folder)} });
      const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient("kept");
      await queue.create();
      await queue.sendMessage("written just before the end");
      console.log(azurite.queueUrl);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    parent.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const queueUrl = await waitFor(() => output.trim() !== "" && output.trim());
    parent.kill("SIGKILL");
    const next = await launchAzurite({ dataFolder: folder });
    try {
      expect(next.queueUrl).toBe(queueUrl);
      expect(await countMessages(queueOf(next.connectionString))).toBe(1);
    } finally {
      await next.stop();
    }
  });

  it("tells when it ends by itself", async () => {
    const reasons: string[] = [];
    const azurite = await launchAzurite({ dataFolder: undefined, onExit: (reason) => reasons.push(reason) });
    const stopped = await launchAzurite({ dataFolder: undefined, onExit: (reason) => reasons.push(reason) });
    await stopped.stop();
    expect(reasons).toEqual([]);
    process.kill(azurite.processId, "SIGKILL");
    await waitFor(() => reasons.length > 0);
    expect(reasons).toEqual(["Azurite ended by itself (SIGKILL)."]);
    await azurite.stop();
  });
});
