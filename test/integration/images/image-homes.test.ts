import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createImageHomes } from "../../../src/database/image-homes.ts";
import { createImages } from "../../../src/database/images.ts";
import { createStorageReports } from "../../../src/database/storage-reports.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { checkImage } from "../../../src/operations/images/check-image.ts";
import { deleteImage, deleteImagesOf } from "../../../src/operations/images/delete-image.ts";
import { readDerivative, readOriginal } from "../../../src/operations/images/read-image.ts";
import { restoreImages } from "../../../src/operations/images/restore-images.ts";
import { storeImage } from "../../../src/operations/images/store-image.ts";
import { verifyStorage } from "../../../src/operations/upkeep/verify-storage.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createIds } from "../../../src/platform/ids.ts";
import type { ImageHost } from "../../../src/ports/image-homes.ts";
import { createImageProcessor } from "../../../src/storage/image-processor.ts";
import { createLocalCache } from "../../../src/storage/local-cache.ts";
import { memoryBlobs } from "../../support/memory-blobs.ts";
import { newId, rejection, silentLogger, useDatabase } from "../database/support.ts";

const context = useDatabase();
const imageProcessor = createImageProcessor();
const ids = createIds();
let folder: string;
let storage: ReturnType<typeof memoryBlobs>;
let userId: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-image-homes-"));
  storage = memoryBlobs();
  userId = newId("user");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function setUp(imageHosts: readonly ImageHost[] = []) {
  const { database } = context();
  return {
    images: createImages(database),
    imageHomes: createImageHomes(database),
    storageReports: createStorageReports(database),
    auditLogs: { record: async () => undefined },
    imageHosts,
    blobs: storage.blobs,
    localCache: createLocalCache({ folder }),
    imageProcessor,
    clock: systemClock,
    ids,
    logger: silentLogger,
  };
}

/** A public host that keeps what it is given until that is deleted by its address. */
function fakeHost() {
  const copies = new Set<string>();
  const state = { uploads: 0, whenUploaded: async () => undefined as unknown };
  const host: ImageHost = {
    service: "imgbb",
    maxBytes: 1_000_000,
    upload: async () => {
      await state.whenUploaded();
      state.uploads += 1;
      const deleteUrl = `https://host.example/delete/${state.uploads}`;
      copies.add(deleteUrl);
      return { url: `https://host.example/${state.uploads}`, deleteUrl };
    },
    download: async () => null,
    isThere: async () => true,
    remove: async (deleteUrl) => void copies.delete(deleteUrl),
  };
  return { host, copies, state };
}

const colours = ["#aa0000", "#00aa00", "#0000aa"] as const;
const picture = (colour: string = colours[0]) =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: colour } })
    .png()
    .toBuffer();

const store = async (dependencies: ReturnType<typeof setUp>, colour?: string) =>
  storeImage(dependencies, { imageId: newId("img"), userId, bytes: await picture(colour), tags: ["one"] });

describe("the same bytes of one user", () => {
  it("are stored once, whoever stores them is told the truth, and they go with the last reference", async () => {
    const dependencies = setUp();
    const first = await store(dependencies);
    const second = await store(dependencies);
    expect(second._id).not.toBe(first._id);
    expect(second).toMatchObject({ blob_name: first.blob_name, copies: first.copies, service: "blob" });
    expect(storage.kept.size).toBe(3);
    await deleteImage(dependencies, { userId, imageId: first._id });
    expect(Buffer.from(await readOriginal(dependencies, second))).toEqual(await picture());
    await deleteImage(dependencies, { userId, imageId: second._id });
    expect(storage.kept.size).toBe(0);
  });

  it("are stored once too when they come at once, and stay until the last reference goes", async () => {
    const dependencies = setUp();
    for (let round = 0; round < 5; round += 1) {
      const all = await Promise.all(Array.from({ length: 6 }, () => store(dependencies)));
      const [first] = all;
      if (first === undefined) throw new Error("six pictures were stored");
      const current = await Promise.all(all.map(({ _id }) => dependencies.images.find({ userId, imageId: _id })));
      expect(new Set([...all, ...current].map((image) => image?.blob_name)).size).toBe(1);
      expect(storage.kept.size).toBe(3);
      await Promise.all(all.slice(1).map(({ _id }) => deleteImage(dependencies, { userId, imageId: _id })));
      await rm(folder, { recursive: true, force: true });
      expect(Buffer.from(await readOriginal(dependencies, first))).toEqual(await picture());
      await deleteImage(dependencies, { userId, imageId: first._id });
      expect(storage.kept.size).toBe(0);
    }
  });

  it("are stored anew when the first picture is deleted at the same moment", async () => {
    const dependencies = setUp();
    for (let round = 0; round < 20; round += 1) {
      const first = await store(dependencies);
      const [second] = await Promise.all([
        store(dependencies),
        deleteImage(dependencies, { userId, imageId: first._id }),
      ]);
      await rm(folder, { recursive: true, force: true });
      const current = await dependencies.images.find({ userId, imageId: second._id });
      if (current === null) throw new Error("the second picture is there");
      expect(Buffer.from(await readOriginal(dependencies, current))).toEqual(await picture());
      await deleteImage(dependencies, { userId, imageId: second._id });
      expect(storage.kept.size).toBe(0);
    }
  });

  it("of another user are their own", async () => {
    const dependencies = setUp();
    const first = await store(dependencies);
    const bytes = await picture();
    const other = await storeImage(dependencies, { imageId: newId("img"), userId: newId("user"), bytes });
    expect(other.blob_name).not.toBe(first.blob_name);
    expect(await rejection(deleteImage(dependencies, { userId, imageId: other._id }))).toMatchObject({
      code: "forbidden",
    });
  });
});

describe("while Blob is away", () => {
  it("a deletion is finished by the timer, and the erasure of an account can tell that nothing is left", async () => {
    const dependencies = setUp();
    for (const colour of colours) await store(dependencies, colour);
    storage.state.isAway = true;
    expect(await deleteImagesOf(dependencies, { userId, limit: 2 })).toEqual({ deleted: 2, hasMore: true });
    expect(await deleteImagesOf(dependencies, { userId, limit: 2 })).toEqual({ deleted: 1, hasMore: false });
    expect(await verifyStorage(dependencies)).toMatchObject({ removed: 0, not_removed: 3 });
    storage.state.isAway = false;
    expect(await verifyStorage(dependencies)).toMatchObject({ removed: 3, not_removed: 0 });
    expect(storage.kept.size).toBe(0);
  });

  it("no place at all refuses the picture, and it may be tried again", async () => {
    const dependencies = setUp();
    storage.state.isAway = true;
    const localCache = { ...dependencies.localCache, put: () => Promise.reject(new Error("disk full")) };
    expect(await rejection(store({ ...dependencies, localCache }))).toMatchObject({
      code: "unavailable",
      isRetryable: true,
    });
  });
});

describe("restoring and verifying", () => {
  it("refill Blob from the cache, the cache from Blob, and name what is lost", async () => {
    const dependencies = setUp();
    const [first, second] = [await store(dependencies, colours[0]), await store(dependencies, colours[1])];
    const actorId = "user_admin";
    const restore = (body: { image_ids: string[]; target: "blob" | "cache" }) =>
      restoreImages(dependencies, { actorId, body: { ...body, limit: 10 } });
    storage.kept.clear();
    const image_ids = [first._id, second._id, "img_unknown"];
    expect(await restore({ image_ids, target: "blob" })).toMatchObject({ restored: 2, present: 0, failed: 1 });
    expect(storage.kept.size).toBe(6);
    await rm(folder, { recursive: true, force: true });
    expect(await restore({ image_ids, target: "cache" })).toMatchObject({ restored: 2, failed: 1 });
    expect(await restore({ image_ids, target: "cache" })).toMatchObject({ present: 2 });
    await rm(folder, { recursive: true, force: true });
    storage.kept.clear();
    expect((await restore({ image_ids, target: "blob" })).results.map(({ outcome }) => outcome)).toEqual([
      "lost",
      "lost",
      "not_found",
    ]);
    const pages = [];
    let cursor: string | undefined;
    do {
      const page = await restoreImages(dependencies, { actorId, body: { target: "blob", limit: 1, cursor } });
      pages.push(...page.results.map(({ id }) => id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages).toEqual(expect.arrayContaining([first._id, second._id]));
    await verifyStorage(dependencies);
    const report = await dependencies.storageReports.lastReport();
    expect(report?.problems).toContainEqual({ image_id: first._id, service: "blob", error: "missing" });
  });

  it("make a missing derivative of the original", async () => {
    const dependencies = setUp();
    const image = await store(dependencies);
    await rm(folder, { recursive: true, force: true });
    storage.kept.delete(image.preview_blob ?? "");
    const preview = await readDerivative(dependencies, image, "preview");
    expect(await sharp(preview).metadata()).toMatchObject({ format: "jpeg", width: 40 });
    expect(storage.kept.has(image.preview_blob ?? "")).toBe(true);
  });

  it("leave nothing of a picture that is deleted while a derivative is made", async () => {
    const dependencies = setUp();
    const image = await store(dependencies);
    await rm(folder, { recursive: true, force: true });
    storage.kept.delete(image.preview_blob ?? "");
    const preview = async (bytes: Uint8Array) => {
      await deleteImage(dependencies, { userId, imageId: image._id });
      return imageProcessor.preview(bytes);
    };
    await readDerivative({ ...dependencies, imageProcessor: { ...imageProcessor, preview } }, image, "preview");
    expect(storage.kept.size).toBe(0);
    expect(await dependencies.localCache.get(image.preview_blob ?? "")).toBeNull();
  });

  it("leave no public copy of a picture that is deleted while one is made", async () => {
    const { host, copies, state } = fakeHost();
    state.whenUploaded = () => Promise.reject(new AppError("unavailable", { isRetryable: true }));
    const dependencies = setUp([host]);
    const image = await store(dependencies);
    state.whenUploaded = () => deleteImage(dependencies, { userId, imageId: image._id });
    await checkImage(dependencies, image);
    expect([...copies, ...storage.kept.keys()]).toEqual([]);
  });

  it("leave nothing of what an earlier try of the same job had made, if that was another picture", async () => {
    const { host, copies } = fakeHost();
    const dependencies = setUp([host]);
    const input = { imageId: newId("img"), userId, generation: { id: newId("gen"), index: 0 } };
    const first = await storeImage(dependencies, { ...input, bytes: await picture(colours[0]) });
    const jpeg = await sharp(await picture(colours[1]))
      .jpeg()
      .toBuffer();
    const second = await storeImage(dependencies, { ...input, bytes: jpeg });
    expect(second.blob_name).not.toBe(first.blob_name);
    expect([...copies]).toEqual([second.delete_url]);
    expect([...storage.kept.keys()].sort()).toEqual(
      [second.blob_name, second.preview_blob, second.thumbnail_blob].sort(),
    );
  });
});
