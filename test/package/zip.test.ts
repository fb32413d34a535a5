import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createZip, type ZipEntry } from "../../scripts/package/zip.ts";

const run = promisify(execFile);
const entries: readonly ZipEntry[] = [
  { path: "b/text.txt", bytes: Buffer.from("muse ".repeat(1000)) },
  { path: "a.json", bytes: Buffer.from("{}") },
  { path: "empty", bytes: new Uint8Array() },
  { path: "names/größe.txt", bytes: Buffer.from("UTF-8") },
];

describe("the zip archive", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "muse-zip-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("is the same, byte for byte, for the same files in any order", () => {
    expect(createZip(entries).equals(createZip([...entries].reverse()))).toBe(true);
  });

  it("is understood by a program that is not ours", async () => {
    const path = join(folder, "test.zip");
    await writeFile(path, createZip(entries));
    await run("python3", ["-m", "zipfile", "-e", path, folder]).catch(() => run("unzip", ["-q", path, "-d", folder]));
    for (const entry of entries) {
      expect((await readFile(join(folder, entry.path))).equals(Buffer.from(entry.bytes)), entry.path).toBe(true);
    }
  });
});
