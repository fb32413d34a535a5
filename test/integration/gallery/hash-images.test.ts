import { expect, it } from "vitest";
import { createGallery } from "../../../src/database/gallery.ts";
import { createImageHomes } from "../../../src/database/image-homes.ts";
import { createImages } from "../../../src/database/images.ts";
import type { Image } from "../../../src/domain/image.ts";
import { hashImages } from "../../../src/operations/gallery/hash-images.ts";
import { createImageProcessor } from "../../../src/storage/image-processor.ts";
import { memoryBlobs } from "../../support/memory-blobs.ts";
import { scene } from "../../support/pictures.ts";
import { newImage, silentLogger, start, useDatabase } from "../database/support.ts";

const context = useDatabase();

it("gives pictures from before there were hashes one, and tries those that cannot have one only once", async () => {
  const storage = memoryBlobs();
  const { database } = context();
  const images = createImages(database);
  const imageProcessor = createImageProcessor();
  const dependencies = {
    gallery: createGallery(database),
    imageHomes: createImageHomes(database),
    imageProcessor,
    imageHosts: [],
    blobs: storage.blobs,
    localCache: {
      put: async () => undefined,
      get: async () => null,
      getPiece: async () => null,
      remove: async () => undefined,
      clean: async () => ({ removedFiles: 0, removedBytes: 0, keptBytes: 0 }),
    },
    clock: { now: () => start, sleep: async () => undefined },
    logger: silentLogger,
  };
  const insert = (id: string, changes: Partial<Image> = {}) =>
    images.put(newImage({ _id: id, blob_name: `images/${id}.png`, sha256: id, generated: false, ...changes }));
  const bytes = await scene("sun");
  await insert("img_good");
  await insert("img_gone");
  await insert("img_damaged");
  await insert("img_deleted", { deleted_at: start });
  await storage.blobs.put({ name: "images/img_good.png", bytes, mimeType: "image/png" });
  await storage.blobs.put({ name: "images/img_damaged.png", bytes: bytes.subarray(0, 300), mimeType: "image/png" });

  storage.state.isAway = true;
  expect(await hashImages(dependencies)).toEqual({ hashed: 0, unhashable: 0, failed: 3 });
  storage.state.isAway = false;
  expect(await hashImages(dependencies)).toEqual({ hashed: 1, unhashable: 2, failed: 0 });
  expect(await hashImages(dependencies)).toEqual({ hashed: 0, unhashable: 0, failed: 0 });
  expect((await images.findById("img_good"))?.phash).toBe((await imageProcessor.inspect(bytes)).phash);
  const seen: string[] = [];
  await dependencies.gallery.visitHashes({ userId: "user_a", limit: 10 }, ({ id }) => seen.push(id));
  expect(seen).toEqual(["img_good"]);
});
