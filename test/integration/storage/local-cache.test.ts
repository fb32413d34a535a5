import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalCache } from "../../../src/storage/local-cache.ts";
import { rejection } from "./support.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "muse-cache-"));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

let made = 0;

/** A cache over a folder of its own that does not exist yet. */
function newCache() {
  made += 1;
  const folder = join(root, String(made), "cache");
  return { folder, cache: createLocalCache({ folder }) };
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

describe("the local cache", () => {
  it("gives back what was written, the newest write last", async () => {
    const { cache } = newCache();
    await cache.put("generations/gen_1/0.png", Buffer.from("first"));
    await cache.put("generations/gen_1/0.png", Buffer.from("second"));
    expect(text(await cache.get("generations/gen_1/0.png"))).toBe("second");
  });

  it("gives null for what is not there, also without a folder", async () => {
    const { cache } = newCache();
    expect(await cache.get("nothing")).toBeNull();
    await cache.put("something", Buffer.from("x"));
    expect(await cache.get("nothing")).toBeNull();
  });

  it("keeps every name inside its folder and apart from all others", async () => {
    const { cache, folder } = newCache();
    const names = [
      "..",
      ".",
      "../outside",
      "/etc/absolute",
      "a/../b",
      "a/b",
      "a%2Fb",
      "a\\b",
      "nul\u0000byte",
      "c:d",
      "*",
      "x".repeat(1_000),
      "x".repeat(1_001),
      "",
    ];
    for (const name of names) await cache.put(name, Buffer.from(`content of ${name}`));
    for (const name of names) expect(text(await cache.get(name))).toBe(`content of ${name}`);
    expect(await readdir(folder)).toHaveLength(names.length);
    expect(await readdir(dirname(folder))).toEqual(["cache"]);
  });

  it("removes a file, and finds removing nothing fine", async () => {
    const { cache } = newCache();
    await cache.remove("never there");
    await cache.put("a", Buffer.from("x"));
    await cache.remove("a");
    expect(await cache.get("a")).toBeNull();
  });

  it("works on when its folder vanishes", async () => {
    const { cache, folder } = newCache();
    await cache.put("a", Buffer.from("x"));
    await rm(folder, { recursive: true });
    expect(await cache.get("a")).toBeNull();
    await cache.put("a", Buffer.from("y"));
    expect(text(await cache.get("a"))).toBe("y");
  });

  it("shows one of the whole writes, never a mixture, when several write at once", async () => {
    const { cache, folder } = newCache();
    const writes = Array.from({ length: 10 }, (_unused, index) => String(index).repeat(200_000));
    await Promise.all(writes.map((content) => cache.put("a", Buffer.from(content))));
    expect(writes).toContain(text(await cache.get("a")));
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("is unavailable when its folder cannot be one", async () => {
    const { folder } = newCache();
    const file = join(root, "a-file");
    await writeFile(file, "");
    const cache = createLocalCache({ folder: join(file, "below", folder) });
    expect(await rejection(cache.put("a", Buffer.from("x")))).toMatchObject({ code: "unavailable", isRetryable: true });
  });
});

describe("cleaning the local cache", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const hourMs = 3_600_000;

  async function putAged(folder: string, cache: ReturnType<typeof createLocalCache>, name: string, hours: number) {
    await cache.put(name, Buffer.alloc(100));
    const at = new Date(now.getTime() - hours * hourMs);
    await utimes(join(folder, name), at, at);
  }

  it("removes what is too old, then the oldest until the rest fits", async () => {
    const { cache, folder } = newCache();
    for (const [name, hours] of [
      ["ancient", 100],
      ["old", 9],
      ["middle", 5],
      ["young", 1],
    ] as const) {
      await putAged(folder, cache, name, hours);
    }
    expect(await cache.clean({ now, maxAgeMs: 50 * hourMs, maxBytes: 250 })).toEqual({
      removedFiles: 2,
      removedBytes: 200,
      keptBytes: 200,
    });
    expect((await readdir(folder)).sort()).toEqual(["middle", "young"]);
  });

  it("keeps all that is young enough and fits", async () => {
    const { cache, folder } = newCache();
    await putAged(folder, cache, "a", 1);
    expect(await cache.clean({ now, maxAgeMs: 2 * hourMs, maxBytes: 100 })).toEqual({
      removedFiles: 0,
      removedBytes: 0,
      keptBytes: 100,
    });
  });

  it("removes what a write that died left behind, and leaves one that still runs", async () => {
    const { cache, folder } = newCache();
    await putAged(folder, cache, "a", 0);
    for (const [name, hours] of [
      ["dead%partial", 2],
      ["running%partial", 0],
    ] as const) {
      await writeFile(join(folder, name), "x");
      const at = new Date(now.getTime() - hours * hourMs);
      await utimes(join(folder, name), at, at);
    }
    await cache.clean({ now, maxAgeMs: 50 * hourMs, maxBytes: 0 });
    expect(await readdir(folder)).toEqual(["running%partial"]);
  });

  it("has nothing to do without a folder", async () => {
    const { cache } = newCache();
    expect(await cache.clean({ now, maxAgeMs: 1, maxBytes: 1 })).toEqual({
      removedFiles: 0,
      removedBytes: 0,
      keptBytes: 0,
    });
  });
});
