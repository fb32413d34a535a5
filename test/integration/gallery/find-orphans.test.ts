import { beforeEach, describe, expect, it } from "vitest";
import { createGallery } from "../../../src/database/gallery.ts";
import { imagesDeclaration } from "../../../src/database/images.ts";
import { createOrphanReports } from "../../../src/database/orphan-reports.ts";
import { createStorageReports } from "../../../src/database/storage-reports.ts";
import type { Image } from "../../../src/domain/image.ts";
import { findOrphans } from "../../../src/operations/gallery/find-orphans.ts";
import { readStorageStatistics } from "../../../src/operations/gallery/storage-statistics.ts";
import { memoryBlobs } from "../../support/memory-blobs.ts";
import { at, newImage, start, useDatabase } from "../database/support.ts";

const context = useDatabase();
const now = at(10 * 86_400);
const gallery = () => createGallery(context().database);
let storage: ReturnType<typeof memoryBlobs>;

/** One that stands still, or moves on with each look. */
const clock = (stepMs = 0) => {
  let time = now.getTime();
  const look = () => {
    time += stepMs;
    return new Date(time);
  };
  return { now: look, sleep: async () => undefined };
};

const dependencies = (stepMs?: number) => ({
  blobs: storage.blobs,
  gallery: gallery(),
  orphanReports: createOrphanReports(context().database),
  clock: clock(stepMs),
});

const insert = (images: readonly Image[]) =>
  context()
    .database.collection<Image>(imagesDeclaration.name)
    .run((collection) => collection.insertMany([...images]));

async function blob(name: string, size: number, changedAt = start): Promise<void> {
  await storage.blobs.put({ name, bytes: new Uint8Array(size), mimeType: "image/png" });
  storage.changedAt.set(name, changedAt);
}

beforeEach(() => {
  storage = memoryBlobs();
});

describe("blobs without a picture", () => {
  it("are counted; those of pictures, of deletions under way and of the last day are not", async () => {
    await insert([
      newImage({ blob_name: "generations/gen_1/0.png" }),
      newImage({ blob_name: "images/img_1.jpg", deleted_at: start }),
    ]);
    for (const stem of ["generations/gen_1/0", "generations/gen_2/0", "images/img_1", "images/img_2"]) {
      await blob(`${stem}.${stem.endsWith("img_1") ? "jpg" : "png"}`, 10);
      await blob(`${stem}.thumbnail.jpg`, 3);
      await blob(`${stem}.preview.jpg`, 4);
    }
    await blob("images/img_new.png", 10, now);
    await blob("files/user_a/text", 10);
    expect(await findOrphans(dependencies())).toEqual({ looked_at: 13, orphans: 6 });
    const { orphans } = await readStorageStatistics({
      ...dependencies(),
      storageReports: createStorageReports(context().database),
    });
    expect(orphans).toMatchObject({ looked_at: 13, count: 6, bytes: 34, finished_at: now.toISOString() });
    expect(orphans?.examples).toHaveLength(6);
    expect(orphans?.examples).toContain("generations/gen_2/0.preview.jpg");
  });

  it("are searched for in several runs, and what the last whole round found stays until the next one ends", async () => {
    for (let number = 0; number < 1_200; number += 1) {
      await blob(`images/img_${String(number).padStart(5, "0")}.png`, 1);
    }
    const slow = 20_000;
    const rounds = [];
    for (let run = 0; run < 3; run += 1) rounds.push((await findOrphans(dependencies(slow))).looked_at);
    expect(rounds).toEqual([500, 1_000, 1_200]);
    const last = await createOrphanReports(context().database).last();
    expect(last?.finished).toMatchObject({ orphans: 1_200, bytes: 1_200 });
    expect(last?.position).toBeUndefined();
  });

  it("begins anew after a failure, and keeps what is known", async () => {
    await findOrphans(dependencies());
    storage.state.isAway = true;
    await expect(findOrphans(dependencies())).rejects.toMatchObject({ code: "unavailable" });
    expect((await createOrphanReports(context().database).last())?.finished).toMatchObject({ orphans: 0 });
  });
});

describe("the statistics of all accounts", () => {
  it("count what is shared once a user, what each service has, and what is lost", async () => {
    const hosted = {
      service: "imgbb",
      url: "https://i.example/a",
      delete_url: "https://i.example/d",
      verified_at: start,
    } as const;
    await insert([
      newImage({ user_id: "user_b", sha256: "same", size: 1_000 }),
      newImage({ user_id: "user_b", sha256: "same", size: 1_000, generated: false }),
      newImage({
        user_id: "user_c",
        sha256: "same",
        size: 1_000,
        copies: [{ service: "blob", verified_at: start }, hosted],
      }),
      newImage({ user_id: "user_d", size: 7, copies: [{ service: "blob", verified_at: null, error: "missing" }] }),
      newImage({ user_id: "user_d", size: 7, deleted_at: start }),
    ]);
    const before = await gallery().usageOf("user_b");
    expect(before).toMatchObject({
      images: 2,
      bytes: 2_000,
      storedBytes: 1_000,
      lost: 0,
      uploaded: { images: 1, bytes: 1_000 },
    });
    expect(await gallery().usageOf("user_d")).toMatchObject({ images: 1, lost: 1, services: [] });
    expect(await gallery().usageOf("user_none")).toMatchObject({
      images: 0,
      bytes: 0,
      storedBytes: 0,
      lost: 0,
      services: [],
    });
    const json = await readStorageStatistics({
      ...dependencies(),
      storageReports: createStorageReports(context().database),
    });
    expect(json.services.imgbb).toEqual({ count: 1, bytes: 1_000 });
    expect(json).toMatchObject({ dedup_saved_bytes: 1_000, lost_count: 1, last_verification: null });
    expect(json.top_users.slice(0, 2)).toEqual([
      { user_id: "user_b", count: 2, bytes: 2_000 },
      { user_id: "user_c", count: 1, bytes: 1_000 },
    ]);
    expect(JSON.stringify(json)).not.toContain("delete_url");
  });
});
