import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { LocalCache } from "../ports/storage.ts";

/** Ends the name of a file that is still being written. No encoded name ends like this. */
const partialSuffix = "%partial";
const partialMaxAgeMs = 3_600_000;
const longestFileName = 200;

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/**
 * The name as one file name: different names give different ones, no separator, no `..`, nothing that a file system
 * treats in its own way. Too long ones become their hash.
 */
function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(name).replace(/[*'()!~]|^\.+|\.+$/g, (characters) =>
    Array.from(characters, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`).join(""),
  );
  if (encoded.length > 0 && encoded.length <= longestFileName) return encoded;
  return `sha256-${createHash("sha256").update(name).digest("hex")}`;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function cacheUnavailable(cause: unknown): AppError {
  return new AppError("unavailable", {
    detail: "The local file cache cannot be used at the moment.",
    retryAfterSeconds: 5,
    isRetryable: true,
    cause,
  });
}

/** Runs a file operation; what is not there gives `absent`. */
async function guarded<R>(action: () => Promise<R>, absent: R): Promise<R> {
  try {
    return await action();
  } catch (error) {
    if (isAbsent(error)) return absent;
    throw cacheUnavailable(error);
  }
}

/**
 * A cache of files in one folder, which is made when it is missing. A file's age is the time since it was written.
 * Failures of the file system are `unavailable`.
 */
export function createLocalCache(options: { folder: string }): LocalCache {
  const { folder } = options;
  const pathOf = (name: string): string => join(folder, fileNameOf(name));

  async function listFiles(): Promise<readonly CachedFile[]> {
    const names = await guarded(() => readdir(folder), []);
    const files: CachedFile[] = [];
    for (const name of names) {
      const path = join(folder, name);
      const state = await guarded(() => stat(path), null);
      if (state?.isFile()) files.push({ path, bytes: state.size, modifiedAt: state.mtimeMs });
    }
    return files;
  }

  return {
    put: async (name, bytes) => {
      const path = pathOf(name);
      const partial = `${path}.${randomUUID()}${partialSuffix}`;
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(partial, bytes);
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true }).catch(() => undefined);
        throw cacheUnavailable(error);
      }
    },

    getPiece: ({ name, offset, length }) =>
      guarded(async () => {
        const file = await open(pathOf(name), "r");
        try {
          const { size } = await file.stat();
          const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
          const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, offset);
          return { bytes: bytes.subarray(0, bytesRead), totalBytes: size };
        } finally {
          await file.close();
        }
      }, null),

    get: (name) => guarded(() => readFile(pathOf(name)), null),

    remove: (name) => guarded(() => rm(pathOf(name), { force: true }), undefined),

    clean: async ({ now, maxAgeMs, maxBytes }) => {
      const oldestFirst = [...(await listFiles())].sort((a, b) => a.modifiedAt - b.modifiedAt);
      let keptBytes = oldestFirst.reduce((sum, file) => sum + file.bytes, 0);
      let removedFiles = 0;
      let removedBytes = 0;
      for (const file of oldestFirst) {
        const isPartial = file.path.endsWith(partialSuffix);
        const age = now.getTime() - file.modifiedAt;
        const isTooOld = age > (isPartial ? Math.min(partialMaxAgeMs, maxAgeMs) : maxAgeMs);
        // A file that is being written counts but stays.
        if (!isTooOld && (isPartial || keptBytes <= maxBytes)) continue;
        await guarded(() => rm(file.path, { force: true }), undefined);
        keptBytes -= file.bytes;
        removedFiles += 1;
        removedBytes += file.bytes;
      }
      return { removedFiles, removedBytes, keptBytes };
    },
  };
}
