import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEnvelope } from "../../../src/domain/queue-envelope.ts";
import { launchAzurite } from "../../../src/local/azurite.ts";
import { createFileAnalysisQueue } from "../../../src/queues/file-analysis-queue.ts";
import { createGenerationQueue } from "../../../src/queues/generation-queue.ts";
import { createQueueBacklog } from "../../../src/queues/queue-backlog.ts";
import { createBlobStorage } from "../../../src/storage/blob.ts";
import { closedPort, rejection, silentLogger } from "./support.ts";

let azurite: Awaited<ReturnType<typeof launchAzurite>>;
let connectionString: string;

beforeAll(async () => {
  azurite = await launchAzurite({ dataFolder: undefined });
  connectionString = azurite.connectionString;
});

afterAll(async () => {
  await azurite.stop();
});

/** A connection string whose services are at `port`, where something else is than a storage service. */
function deadAccount(port: number): string {
  const address = `http://127.0.0.1:${port}/devstoreaccount1`;
  const key = Buffer.from("no key").toString("base64");
  return `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};BlobEndpoint=${address};QueueEndpoint=${address};`;
}

describe("blob storage", () => {
  const newStorage = (container = `test-${randomUUID()}`) =>
    createBlobStorage({ connectionString, container, logger: silentLogger });

  it("makes its container on the first write and gives the bytes back", async () => {
    const container = `test-${randomUUID()}`;
    const storage = newStorage(container);
    const bytes = Uint8Array.from([0, 1, 2, 254, 255]);

    const url = await storage.put({ name: "generations/gen_1/0.png", bytes, mimeType: "image/png" });

    expect(Array.from((await storage.get("generations/gen_1/0.png")) ?? [])).toEqual(Array.from(bytes));
    expect(new URL(url).pathname).toMatch(new RegExp(`/${container}/generations(/|%2F)gen_1(/|%2F)0\\.png$`));
    expect(new URL(url).search).toBe("");
    const properties = await BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient(container)
      .getBlobClient("generations/gen_1/0.png")
      .getProperties();
    expect(properties.contentType).toBe("image/png");
  });

  it("overwrites bytes and content type under the same name", async () => {
    const container = `test-${randomUUID()}`;
    const storage = newStorage(container);
    await storage.put({ name: "a", bytes: Buffer.from("first, and longer"), mimeType: "text/plain" });
    await storage.put({ name: "a", bytes: Buffer.from("second"), mimeType: "text/html" });

    expect(Buffer.from((await storage.get("a")) ?? []).toString()).toBe("second");
    const blob = BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient(container)
      .getBlobClient("a");
    expect((await blob.getProperties()).contentType).toBe("text/html");
  });

  it("makes the container once when many first writes come together", async () => {
    const storage = newStorage();
    const names = Array.from({ length: 8 }, (_unused, index) => `parallel/${index}`);
    await Promise.all(names.map((name) => storage.put({ name, bytes: Buffer.from(name), mimeType: "text/plain" })));
    const read = await Promise.all(names.map((name) => storage.get(name)));
    expect(read.map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual(names);
  });

  it("gives null for what is not there, with and without a container", async () => {
    const storage = newStorage();
    expect(await storage.get("nothing")).toBeNull();
    await storage.put({ name: "something", bytes: Buffer.from("x"), mimeType: "text/plain" });
    expect(await storage.get("nothing")).toBeNull();
  });

  it("keeps an empty blob and several megabytes as they are", async () => {
    const storage = newStorage();
    const large = Buffer.alloc(5_000_000, "0123456789");
    await storage.put({ name: "empty", bytes: new Uint8Array(), mimeType: "text/plain" });
    await storage.put({ name: "large", bytes: large, mimeType: "application/octet-stream" });
    expect((await storage.get("empty"))?.byteLength).toBe(0);
    expect(Buffer.compare((await storage.get("large")) ?? Buffer.alloc(0), large)).toBe(0);
  });

  it("removes a blob, and finds removing nothing fine", async () => {
    const storage = newStorage();
    await storage.remove("never there");
    await storage.put({ name: "a", bytes: Buffer.from("x"), mimeType: "text/plain" });
    await storage.remove("a");
    await storage.remove("a");
    expect(await storage.get("a")).toBeNull();
  });

  it("lists what is below a prefix in pages, and nothing where there is no container", async () => {
    const storage = newStorage();
    expect(await storage.list({ prefix: "", after: null, limit: 10 })).toEqual({ blobs: [], next: null });
    for (const name of ["a/1", "b/1", "b/2", "b/3"]) {
      await storage.put({ name, bytes: Buffer.from(name), mimeType: "image/png" });
    }
    const first = await storage.list({ prefix: "b/", after: null, limit: 2 });
    expect(first.blobs).toEqual([
      { name: "b/1", bytes: 3, changedAt: expect.any(Date) },
      { name: "b/2", bytes: 3, changedAt: expect.any(Date) },
    ]);
    const rest = await storage.list({ prefix: "b/", after: first.next, limit: 2 });
    expect([rest.blobs.map(({ name }) => name), rest.next]).toEqual([["b/3"], null]);
  });

  it("answers a ping before and after its container is there", async () => {
    const storage = newStorage();
    await expect(storage.ping()).resolves.toBeUndefined();
    await storage.put({ name: "a", bytes: Buffer.from("x"), mimeType: "text/plain" });
    await expect(storage.ping()).resolves.toBeUndefined();
  });

  it("is unavailable, and may be tried again, when nobody listens", async () => {
    const storage = createBlobStorage({
      connectionString: deadAccount(closedPort),
      container: "test",
      logger: silentLogger,
    });
    const bytes = Buffer.from("x");
    const errors = await Promise.all(
      [
        storage.put({ name: "a", bytes, mimeType: "text/plain" }),
        storage.get("a"),
        storage.remove("a"),
        storage.ping(),
      ].map(rejection),
    );
    for (const error of errors)
      expect(error).toMatchObject({ code: "unavailable", isRetryable: true, retryAfterSeconds: 5 });
  });

  it("takes an account that cannot be read for what it is, not for an outage", async () => {
    const storage = createBlobStorage({ connectionString: "nonsense", container: "test", logger: silentLogger });
    expect(await rejection(storage.get("a"))).not.toMatchObject({ code: "unavailable" });
  });

  it("says nothing of the service's own words to the caller", async () => {
    const storage = createBlobStorage({
      connectionString: connectionString.replace(
        /AccountKey=[^;]+/,
        `AccountKey=${Buffer.from("wrong").toString("base64")}`,
      ),
      container: "test",
      logger: silentLogger,
    });
    const error = await rejection(storage.get("a"));
    expect(error).toMatchObject({ code: "unavailable", detail: "The file storage does not answer at the moment." });
    expect(inspect(error, { depth: 9 })).not.toMatch(/SharedKey|authorization:/);
  });
});

describe("a service that accepts connections and never answers", () => {
  let server: Server;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it("is given up within the time-out of a ping", async () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the stand-in does not listen");
    const account = { connectionString: deadAccount(address.port), logger: silentLogger };
    const startedAt = performance.now();
    const errors = await Promise.all([
      rejection(createBlobStorage({ ...account, container: "test" }).ping()),
      rejection(createGenerationQueue({ ...account, queueName: "test" }).ping()),
    ]);
    expect(errors).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(1_000);
    expect(tookMs).toBeLessThan(8_000);
  });
});

describe("the queue of generations", () => {
  const newQueue = (queueName = `test-${randomUUID()}`) => ({
    queue: createGenerationQueue({ connectionString, queueName, logger: silentLogger }),
    reader: new QueueClient(connectionString, queueName),
  });

  it("makes its queue on the first message and sends base64 of JSON that never expires", async () => {
    const { queue, reader } = newQueue();
    await queue.send({ generationId: "gen_1" });

    const { receivedMessageItems: items } = await reader.receiveMessages({ numberOfMessages: 2 });
    expect(items.map((item) => JSON.parse(Buffer.from(item.messageText, "base64").toString()))).toEqual([
      { generation_id: "gen_1" },
    ]);
    // The service's word for never is its last day.
    expect(items[0]?.expiresOn.getUTCFullYear()).toBeGreaterThan(9_000);
  });

  it("hides a delayed message and counts it all the same", async () => {
    const { queue, reader } = newQueue();
    await queue.send({ generationId: "gen_1", delaySeconds: 60 });
    expect((await reader.receiveMessages()).receivedMessageItems).toEqual([]);
    expect(await queue.state()).toEqual({ approximateMessages: 1 });
  });

  it("carries an envelope beside the body, and tells when its head was sent", async () => {
    const queueName = `test-${randomUUID()}`;
    const due_at = "2026-11-21T12:00:00.000Z";
    const options = {
      connectionString,
      queueName,
      logger: silentLogger,
      envelope: () => ({ traceparent: "t", due_at }),
    };
    const backlog = createQueueBacklog(options);
    expect(await backlog.oldestInsertedAt()).toBeNull();
    const before = Date.now();
    await createGenerationQueue(options).send({ generationId: "gen_1" });
    const insertedAt = await backlog.oldestInsertedAt();
    // The service's clock shows whole seconds.
    expect(Math.abs((insertedAt?.getTime() ?? 0) - before)).toBeLessThan(5_000);
    const { receivedMessageItems: items } = await new QueueClient(connectionString, queueName).receiveMessages();
    const message: unknown = JSON.parse(Buffer.from(items[0]?.messageText ?? "", "base64").toString());
    expect(message).toEqual({ generation_id: "gen_1", traceparent: "t", due_at });
    expect(openEnvelope(message)).toEqual({
      body: { generation_id: "gen_1" },
      traceparent: "t",
      dueAt: new Date(due_at),
    });
    expect(await backlog.oldestInsertedAt()).toBeNull();
  });

  it("makes the queue once when many first messages come together", async () => {
    const { queue } = newQueue();
    await Promise.all(Array.from({ length: 6 }, (_unused, index) => queue.send({ generationId: `gen_${index}` })));
    expect(await queue.state()).toEqual({ approximateMessages: 6 });
  });

  it("counts nothing and answers a ping before the queue is there", async () => {
    const { queue } = newQueue();
    expect(await queue.state()).toEqual({ approximateMessages: 0 });
    await expect(queue.ping()).resolves.toBeUndefined();
  });

  it("is unavailable, and may be tried again, when nobody listens", async () => {
    const queue = createGenerationQueue({
      connectionString: deadAccount(closedPort),
      queueName: "test",
      logger: silentLogger,
    });
    const errors = await Promise.all(
      [queue.send({ generationId: "gen_1" }), queue.state(), queue.ping()].map(rejection),
    );
    for (const error of errors) expect(error).toMatchObject({ code: "unavailable", isRetryable: true });
  });
});

describe("the queue of files to be analysed", () => {
  it("sends what its worker reads", async () => {
    const queueName = `test-${randomUUID()}`;
    await createFileAnalysisQueue({ connectionString, queueName, logger: silentLogger }).send({ fileId: "file_1" });
    const { receivedMessageItems: items } = await new QueueClient(connectionString, queueName).receiveMessages();
    expect(items.map((item) => JSON.parse(Buffer.from(item.messageText, "base64").toString()))).toEqual([
      { file_id: "file_1" },
    ]);
  });
});
