import { createDatabase } from "../../src/database/client.ts";
import { createGallery } from "../../src/database/gallery.ts";
import { createImageHomes } from "../../src/database/image-homes.ts";
import { createImages, imagesDeclaration } from "../../src/database/images.ts";
import { migrate } from "../../src/database/migrations/runner.ts";
import { createSearchIndex } from "../../src/database/search.ts";
import type { Image } from "../../src/domain/image.ts";
import { launchDatabase } from "../../src/local/database/launch.ts";
import { findSimilarImages } from "../../src/operations/gallery/find-similar-images.ts";
import { listImages } from "../../src/operations/gallery/read-images.ts";
import { listImagesQuery, similarImagesQuery } from "../../src/schemas/gallery.ts";
import { median, type Report } from "./report.ts";

const pictures = 20_000;
const rounds = 15;
const listLimitMs = 100;
const wordsLimitMs = 500;
const similarLimitMs = 500;
const userId = "user_bench";
const words = ["lighthouse", "harbour", "meadow", "submarine", "kite", "castle", "winter", "portrait"];
const ignore = (): void => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Numbers of chance that are the same each time. */
function createChance() {
  let state = 1;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function picture(index: number, chance: (below: number) => number): Image {
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000);
  const word = () => words[chance(words.length)] ?? "";
  return {
    _id: `img_${String(index).padStart(26, "0")}`,
    user_id: userId,
    index: 0,
    blob_name: `images/${index}.png`,
    service: "blob",
    copies: [{ service: "blob", verified_at: at }],
    sha256: index.toString(16).padStart(64, "0"),
    phash: Array.from({ length: 16 }, () => chance(16).toString(16)).join(""),
    width: 1_024,
    height: 1_024,
    size: 1_000_000,
    mime_type: "image/png",
    generated: index % 2 === 0,
    caption: null,
    prompt: `${word()} and ${word()}, in the style of an old photograph, number ${index}`,
    tags: [word()],
    created_at: at,
    updated_at: at,
  };
}

/** The gallery of one account with 20,000 pictures. */
export async function benchGallery(): Promise<Report> {
  const server = await launchDatabase({ dataFolder: undefined, environment: process.env });
  const database = createDatabase({ uri: server.uri, databaseName: "muse_gallery", minPoolSize: 2, logger });
  try {
    await migrate(database, { logger });
    const chance = createChance();
    for (let from = 0; from < pictures; from += 1_000) {
      const some = Array.from({ length: 1_000 }, (_, index) => picture(from + index, chance));
      await database
        .collection<Image>(imagesDeclaration.name)
        .run((collection) => collection.insertMany(some, { ordered: false }));
    }
    const dependencies = {
      images: createImages(database),
      imageHomes: createImageHomes(database),
      gallery: createGallery(database),
      searchIndex: createSearchIndex(database),
      imageLinks: () => "",
    };
    const list = (query: object) => () =>
      listImages(dependencies, { userId, query: listImagesQuery.parse({ limit: 50, ...query }) });
    const measured = [
      await measure("newest 50", listLimitMs, list({})),
      await measure("by tag", listLimitMs, list({ tag: "kite" })),
      await measure("by words that many have", listLimitMs, list({ q: "lighthouse kite" })),
      await measure("by words that none has", wordsLimitMs, list({ q: "nothinglikethis" })),
      await measure("similar among all", similarLimitMs, () =>
        findSimilarImages(
          // Nothing has to be hashed: all of these pictures have their hash.
          dependencies as unknown as Parameters<typeof findSimilarImages>[0],
          { userId, imageId: picture(7, () => 0)._id, query: similarImagesQuery.parse({ max_distance: 24 }) },
        ),
      ),
      await measure("statistics", similarLimitMs, () => dependencies.gallery.usageOf(userId)),
    ];
    return {
      title: `Gallery (${pictures.toLocaleString("en")} pictures of one account)`,
      lines: measured.map(({ line }) => line),
      isWithin: measured.every(({ isWithin }) => isWithin),
    };
  } finally {
    await database.close();
    await server.stop();
  }
}

async function measure(what: string, allowedMs: number, work: () => Promise<unknown>) {
  await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  const middle = median(times);
  const slowest = Math.max(...times);
  return {
    line: `${what}: median ${middle.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms (allowed: ${allowedMs} ms)`,
    isWithin: middle <= allowedMs,
  };
}
