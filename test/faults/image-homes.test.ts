import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchAzurite, type RunningAzurite } from "../../src/local/azurite.ts";
import { type Client, eventually, guest } from "../support/client.ts";
import { startImageHosts } from "../support/image-hosts.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

/** Blob Storage and the public hosts fail in every way; no picture is lost, and what is said of its places is true. */

let folder: string;
let azurite: RunningAzurite;
let blobPath: Awaited<ReturnType<typeof startTcpProxy>>;
let hosts: Awaited<ReturnType<typeof startImageHosts>>;
let muse: RunningMuse;
let someone: Client;
let cacheFolder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-homes-"));
  cacheFolder = join(folder, "pictures");
  [azurite, hosts] = await Promise.all([launchAzurite({ dataFolder: undefined }), startImageHosts()]);
  blobPath = await startTcpProxy(Number(new URL(azurite.blobUrl).port));
  muse = await startMuse({
    dataFolder: folder,
    environment: {
      AzureWebJobsStorage: azurite.connectionString.replace(
        new URL(azurite.blobUrl).host,
        `127.0.0.1:${blobPath.port}`,
      ),
      RATE_LIMIT_FACTOR: "1000",
      LOG_LEVEL: "error",
      CACHE_DIR: cacheFolder,
      IMGBB_API_KEY: "test",
      IMGBB_BASE_URL: `${hosts.base}/imgbb`,
      POSTIMAGES_API_KEY: "test",
      POSTIMAGES_BASE_URL: `${hosts.base}/postimages`,
    },
  });
});

beforeEach(async () => {
  Object.assign(hosts.modes, { imgbb: "good", postimages: "good" });
  someone = await guest(muse.url);
});

afterAll(async () => {
  await muse?.stop();
  await Promise.all([blobPath?.close(), hosts?.stop(), azurite?.stop()]);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function generate(prompt: string) {
  const { body } = await someone.post("/v1/generations", { prompt, image_size: "64x64" });
  const done = (await someone.get(`/v1/generations/${body.id}?wait=60`)).body;
  expect(done.status).toBe("completed");
  return done;
}

/** As if somebody emptied the container. */
async function removeBlobs(imageId: string): Promise<void> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const stem = `generations/gen_${imageId.replace(/^img_|_0$/g, "")}/`;
  for await (const { name: container } of service.listContainers()) {
    const blobs = service.getContainerClient(container);
    for await (const { name } of blobs.listBlobsFlat({ prefix: stem })) await blobs.deleteBlob(name);
  }
}

const read = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

async function verifyUntil(look: () => Promise<unknown>, isGood: (value: never) => boolean): Promise<void> {
  await eventually(
    async () => {
      await fetch(`${muse.url}/admin/functions/verify-storage`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input: "" }),
      });
      return look();
    },
    isGood as (value: unknown) => boolean,
    60_000,
  );
}

describe("the homes of a picture", () => {
  it("are Blob, and a public copy whose delete address nobody sees; deleting it deletes the copy", async () => {
    const { id, images, conversation_id: conversationId } = await generate("a garden");
    const [image] = images;
    expect(image).toMatchObject({ service: "blob", cloud_url: expect.stringContaining("/imgbb/show/") });
    expect(await read(image.cloud_url)).toEqual(await read(image.url));
    const seen = await Promise.all([
      someone.get(`/v1/generations/${id}`),
      someone.get(`/v1/conversations/${conversationId}/messages`),
      someone.get(`/v1/conversations/${conversationId}/export?format=json`),
    ]);
    expect(JSON.stringify(seen.map(({ body }) => body))).not.toMatch(/delete_url|\/delete\/|secret/);
    expect(muse.output()).not.toContain("/secret");

    expect((await someone.call("DELETE", `/v1/images/${image.id}`)).status).toBe(204);
    expect((await fetch(image.cloud_url)).status).toBe(404);
  });

  it.each(["500", "garbage", "reset", "silent"] as const)(
    "are PostImages when ImgBB is at fault (%s)",
    async (mode) => {
      hosts.modes.imgbb = mode;
      const { images } = await generate(`a road ${mode}`);
      expect(images[0]).toMatchObject({ service: "blob", cloud_url: expect.stringContaining("/postimages/show/") });
    },
  );

  it("are Blob alone when no public host takes it", async () => {
    Object.assign(hosts.modes, { imgbb: "500", postimages: "garbage" });
    const { images } = await generate("a bridge");
    expect(images[0]).toMatchObject({ service: "blob", cloud_url: null });
  });
});

describe("while Blob is down", () => {
  it("the next home takes the picture, and the timer brings it to Blob later", async () => {
    await blobPath.close();
    const hosted = await generate("a mill");
    Object.assign(hosts.modes, { imgbb: "reset", postimages: "500" });
    const cached = await generate("a barn");
    expect(hosted.images[0]).toMatchObject({ service: "imgbb", cloud_url: expect.stringContaining("/imgbb/") });
    expect(cached.images[0]).toMatchObject({ service: "local", cloud_url: null });
    const before = await Promise.all([hosted, cached].map(({ images }) => read(images[0].url)));

    await blobPath.open();
    const look = () =>
      Promise.all([hosted, cached].map(async ({ id }) => (await someone.get(`/v1/generations/${id}`)).body));
    await verifyUntil(look, (all: { images: { service: string }[] }[]) =>
      all.every(({ images }) => images[0]?.service === "blob"),
    );
    await rm(cacheFolder, { recursive: true, force: true });
    expect(await Promise.all([hosted, cached].map(({ images }) => read(images[0].url)))).toEqual(before);
    const { data } = (await someone.get(`/v1/conversations/${hosted.conversation_id}/messages`)).body;
    expect(data[0]).toMatchObject({ images: [{ service: "blob" }], metadata: { cloud_service: "blob" } });
  });

  it("a picture comes from its public copy, and without one there is a time to ask again", async () => {
    const shown = (await generate("a well")).images[0];
    Object.assign(hosts.modes, { imgbb: "500", postimages: "500" });
    const alone = (await generate("a fence")).images[0];
    const bytes = await read(shown.url);
    await rm(cacheFolder, { recursive: true, force: true });
    await blobPath.close();
    expect(await read(shown.url)).toEqual(bytes);
    expect((await fetch(shown.thumbnail_url)).status).toBe(200);
    const missing = await fetch(alone.url);
    expect([missing.status, missing.headers.get("retry-after")]).toEqual([503, "10"]);
    await blobPath.open();
    expect((await fetch(alone.url)).status).toBe(200);
  });
});

describe("a copy that its host does not delete", () => {
  it("is deleted by the timer later; for its owner the picture is gone at once", async () => {
    const image = (await generate("a gate")).images[0];
    hosts.modes.imgbb = "undeletable";
    expect((await someone.call("DELETE", `/v1/images/${image.id}`)).status).toBe(204);
    expect((await fetch(image.url)).status).toBe(404);
    expect((await fetch(image.cloud_url)).status).toBe(200);
    hosts.modes.imgbb = "good";
    await verifyUntil(
      async () => (await fetch(image.cloud_url)).status,
      (status: number) => status === 404,
    );
  });
});

describe("a picture that is lost everywhere", () => {
  it("is said to be, and comes back with its copy", async () => {
    const { images, conversation_id: conversationId } = await generate("a ruin");
    const [image] = images;
    const look = async () => (await someone.get(`/v1/images/${image.id}`)).body;
    const shown = new Map(hosts.pictures);
    hosts.pictures.clear();
    await removeBlobs(image.id);
    await rm(cacheFolder, { recursive: true, force: true });
    expect((await fetch(image.url)).status).toBe(404);
    await verifyUntil(look, ({ copies }: { copies: { error: string | null }[] }) => copies.every(({ error }) => error));
    expect(await look()).toMatchObject({ cloud_url: null, copies: [{ service: "blob" }, { service: "imgbb" }] });
    expect((await someone.get("/v1/users/me/storage")).body).toMatchObject({ count: 1, lost_count: 1 });
    const { data } = (await someone.get(`/v1/conversations/${conversationId}/messages`)).body;
    expect(data[0].images[0]).toMatchObject({ cloud_url: null });

    for (const [id, bytes] of shown) hosts.pictures.set(id, bytes);
    await verifyUntil(look, ({ copies }: { copies: { error: string | null }[] }) =>
      copies.every(({ error }) => !error),
    );
    expect((await fetch(image.url)).status).toBe(200);
    expect(await look()).toMatchObject({ service: "blob", cloud_url: image.cloud_url });
    expect((await someone.get("/v1/users/me/storage")).body).toMatchObject({ lost_count: 0 });
  });
});

describe("a public copy or a blob that is lost", () => {
  it("is made anew from what survives", async () => {
    const { id, images } = await generate("a tower");
    const [image] = images;
    hosts.pictures.clear();
    const look = async () => (await someone.get(`/v1/generations/${id}`)).body.images[0].cloud_url;
    await verifyUntil(look, (url: string | null) => url !== null && url !== image.cloud_url);
    expect(await read(await look())).toEqual(await read(image.url));
  });
});
