import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";

/** Paths of all files in a folder, those with a leading dot too, relative to it and with forward slashes, in order. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}
