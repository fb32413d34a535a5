import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pseudonymOf } from "../../src/domain/user-data.ts";
import { Client, eventually, guest } from "../support/client.ts";
import { type Surroundings, startSurroundings } from "../support/instances.ts";
import type { RunningMuse } from "../support/muse.ts";
import { unzip } from "../support/zip.ts";

/** What an account has everywhere, looked at from outside: in the database, in Blob and in the cache. */

let surroundings: Surroundings;
let cacheFolder: string;
let muse: RunningMuse;
let driver: MongoClient;
let environment: Record<string, string>;

beforeAll(async () => {
  surroundings = await startSurroundings();
  cacheFolder = join(surroundings.folder, "cache");
  environment = { CACHE_DIR: cacheFolder };
  driver = await new MongoClient(surroundings.databaseUri).connect();
  surroundings.atEnd(() => driver.close());
  muse = await surroundings.start("one", environment);
});

afterAll(async () => {
  await muse.stop();
  await surroundings.end();
});

async function runTimer(): Promise<void> {
  const { status } = await fetch(`${muse.url}/admin/functions/erase-accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"input":""}',
  });
  expect(status).toBe(202);
}

/** Every document of every collection that has `text` anywhere. */
async function documentsWith(text: string): Promise<string[]> {
  const database = driver.db(surroundings.databaseName);
  const found: string[] = [];
  for (const { name } of await database.listCollections().toArray()) {
    for (const document of await database.collection(name).find().toArray()) {
      if (JSON.stringify(document).includes(text)) found.push(`${name}: ${document._id}`);
    }
  }
  return found;
}

async function blobNames(): Promise<string[]> {
  const container = BlobServiceClient.fromConnectionString(surroundings.storageConnection).getContainerClient("muse");
  const names: string[] = [];
  for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  return names;
}

const report = (userId: string) =>
  driver
    .db(surroundings.databaseName)
    .collection<{ _id: string; status: string }>("erasure_reports")
    .findOne({ _id: pseudonymOf(userId) });

const completed = (userId: string) =>
  eventually(
    () => report(userId),
    (found) => found?.status === "completed",
  );

interface Furnished {
  readonly client: Client;
  readonly userId: string;
  readonly email: string;
  readonly generationId: string;
  readonly refreshToken: string;
  readonly apiKey: string;
}

/** An account that has something of everything. */
async function furnished(): Promise<Furnished> {
  const anonymous = new Client(muse.url);
  const email = `${randomBytes(6).toString("hex")}@example.com`;
  const registered = await anonymous.post("/v1/auth/register", {
    email,
    password: `long enough ${randomBytes(4).toString("hex")}`,
  });
  expect(registered.status).toBe(201);
  const client = new Client(muse.url, registered.body.access_token);
  const userId = registered.body.user.id;
  const chat = await client.post(
    "/v1/chat",
    { content: `I live by the sea of ${email}. [[tokens:5]]` },
    { headers: { "idempotency-key": crypto.randomUUID() } },
  );
  expect(chat.status).toBe(200);
  await client.post(`/v1/conversations/${chat.body.conversation.id}/share`);
  await client.call("PUT", `/v1/messages/${chat.body.message.id}/feedback`, {
    body: { rating: "positive", comment: "Good" },
  });
  await client.post("/v1/memories", { content: "Likes lighthouses", memory_type: "preference" });
  await client.call("PUT", "/v1/users/me/settings", { body: { theme: "dark" } });
  const key = await client.post("/v1/users/me/api-keys", { name: "mine" });
  const upload = await client.raw("POST", "/v1/files", {
    body: "The tide is high.",
    headers: { "content-type": "text/plain", "x-file-name": encodeURIComponent("tide ✓.txt") },
  });
  expect(upload.status).toBe(201);
  const { body: generation } = await client.post("/v1/generations", {
    prompt: "a boat [[pace:1]]",
    image_size: "64x64",
  });
  const { body: done } = await client.get(`/v1/generations/${generation.id}?wait=30`);
  expect(done.status).toBe("completed");
  await fetch(done.images[0].url);
  return {
    client,
    userId,
    email,
    generationId: generation.id,
    refreshToken: registered.body.refresh_token,
    apiKey: key.body.key,
  };
}

describe("the export of an account", () => {
  it("has everything of it, and nothing that opens something", async () => {
    const { client, userId, email, generationId } = await furnished();
    const response = await client.raw("GET", "/v1/users/me/export");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="muse-export-/);
    const files = unzip(new Uint8Array(await response.arrayBuffer()));
    const linesOf = (name: string) =>
      (files.get(`${name}.ndjson`)?.toString("utf8") ?? "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    expect(linesOf("profile")).toMatchObject([{ id: userId }]);
    expect(linesOf("conversations").length).toBeGreaterThanOrEqual(2);
    expect(linesOf("messages").map(({ content }) => content)).toContain(`I live by the sea of ${email}. [[tokens:5]]`);
    expect(linesOf("memories").map(({ content }) => content)).toContain("Likes lighthouses");
    expect(linesOf("settings")).toMatchObject([{ settings: { theme: "dark" } }]);
    expect(linesOf("generations")).toMatchObject([{ id: generationId, status: "completed" }]);
    expect(linesOf("credits").length).toBeGreaterThanOrEqual(3);
    const [file] = linesOf("files");
    expect(files.get(`files/${file.id}/tide ✓.txt`)?.toString()).toBe("The tide is high.");
    const [image] = linesOf("images");
    expect(files.get(`images/${image.id}.png`)?.subarray(1, 4).toString()).toBe("PNG");
    expect(files.has("missing.ndjson")).toBe(false);
    const all = [...files].filter(([name]) => name.endsWith(".ndjson")).map(([, bytes]) => bytes.toString("utf8"));
    for (const secret of ["hashed_password", "token_hash", "key_hash", "delete_url", "$2b$", '"token"']) {
      expect(all.join("\n")).not.toContain(secret);
    }
  });

  it("is given to nobody else", async () => {
    expect((await new Client(muse.url).get("/v1/users/me/export")).status).toBe(401);
  });
});

describe("the erasure of an account", () => {
  it("ends it at once, and leaves nothing of it anywhere", async () => {
    const { client, userId, email, generationId, refreshToken, apiKey } = await furnished();
    const neighbour = await guest(muse.url);
    await neighbour.post("/v1/chat", { content: "I stay [[tokens:3]]" });
    expect((await blobNames()).some((name) => name.includes(generationId))).toBe(true);
    expect((await blobNames()).some((name) => name.includes(userId))).toBe(true);

    const answer = await client.call("DELETE", "/v1/users/me");
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ erasure_id: pseudonymOf(userId), status: "pending" });
    expect((await client.get("/v1/users/me")).status).toBe(401);
    expect((await new Client(muse.url, apiKey).get("/v1/users/me")).status).toBe(401);
    expect((await new Client(muse.url).post("/v1/auth/refresh", { refresh_token: refreshToken })).status).toBe(401);
    const again = await new Client(muse.url).post("/v1/auth/register", { email, password: "another long password 7" });
    expect(again.status).toBe(201);

    await runTimer();
    const found = await completed(userId);
    expect(found).toMatchObject({
      status: "completed",
      removed: { users: 1, messages: 3, images: 1, uploaded_files: 1, generations: 1, api_keys: 1, user_settings: 1 },
      anonymised: { credit_ledger: 3 },
    });
    expect(await documentsWith(userId)).toEqual([]);
    expect(await documentsWith(`sea of ${email}`)).toEqual([]);
    const blobs = await blobNames();
    expect(blobs.filter((name) => name.includes(userId) || name.includes(generationId))).toEqual([]);
    const cached = await readdir(cacheFolder, { recursive: true }).catch(() => []);
    expect(cached.filter((name) => name.includes(userId) || name.includes(generationId))).toEqual([]);

    // The books still add up, without a name in them.
    const ledger = driver.db(surroundings.databaseName).collection("credit_ledger");
    const entries = await ledger.find({ user_id: pseudonymOf(userId) }).toArray();
    expect(entries.map(({ amount_credits }) => amount_credits).sort()).toEqual([-1, -1, 50]);
    expect((await neighbour.get("/v1/conversations")).body.data).toHaveLength(1);
  });

  it("stops what the account still does", async () => {
    const someone = await guest(muse.url);
    const { id: userId } = (await someone.get("/v1/users/me")).body;
    const stream = await someone.raw("POST", "/v1/chat", { body: { content: "[[stall]]", stream: true } });
    const { body: job } = await someone.post("/v1/generations", { prompt: "slow [[pace:3000]]", image_size: "64x64" });
    expect(job.status).toBe("pending");
    expect((await someone.call("DELETE", "/v1/users/me")).status).toBe(202);
    await runTimer();
    await completed(userId);
    await stream.text();
    expect(await documentsWith(userId)).toEqual([]);
    expect(await documentsWith(job.id)).toEqual([]);
  });

  it("takes nothing in that was under way for longer than it took", async () => {
    const someone = await guest(muse.url);
    const { id: userId } = (await someone.get("/v1/users/me")).body;
    const rest = Promise.withResolvers<void>();
    async function* slowly() {
      yield Buffer.from("The tide ");
      await rest.promise;
      yield Buffer.from("is high.");
    }
    const upload = fetch(`${muse.url}/api/v1/files`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${someone.token}`,
        "content-type": "text/plain",
        "x-file-name": "tide.txt",
      },
      body: slowly(),
      duplex: "half",
    });
    // It was let in once it has been counted.
    const uploads = { user_id: userId, endpoint: "upload" };
    await eventually(
      () => driver.db(surroundings.databaseName).collection("rate_limit_logs").findOne(uploads),
      (counted) => counted !== null,
    );
    expect((await someone.call("DELETE", "/v1/users/me")).status).toBe(202);
    await runTimer();
    await completed(userId);
    rest.resolve();
    expect((await upload).status).toBe(401);
    await muse.stop();
    expect(await documentsWith(userId)).toEqual([]);
    expect((await blobNames()).filter((name) => name.includes(userId))).toEqual([]);
    muse = await surroundings.start("again", environment);
  });

  it("goes on where it was when its process died", async () => {
    const { client, userId } = await furnished();
    await client.call("DELETE", "/v1/users/me");
    await runTimer();
    await eventually(
      () => report(userId),
      (found) => (found as { attempts?: number } | null)?.attempts === 1,
    );
    await muse.kill();
    muse = await surroundings.start("two", environment);
    // The lock of the process that died lapses before the next run would come; here it is taken away.
    await driver
      .db(surroundings.databaseName)
      .collection<{ _id: string }>("job_locks")
      .deleteOne({ _id: "erase-accounts" });
    await runTimer();
    await completed(userId);
    expect(await documentsWith(userId)).toEqual([]);
    expect((await blobNames()).filter((name) => name.includes(userId))).toEqual([]);
  });
});
