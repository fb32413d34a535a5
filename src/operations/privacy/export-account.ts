import { attachmentNamed } from "../../domain/file-name.ts";
import { exportable } from "../../domain/user-data.ts";
import type { Clock, Logger } from "../../ports/platform.ts";
import type { BlobStorage, LocalCache } from "../../ports/storage.ts";
import type { ExportedCollection, UserData } from "../../ports/user-data.ts";

interface Dependencies {
  readonly userData: UserData;
  readonly blobs: BlobStorage;
  readonly localCache: LocalCache;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Chunk = string | Uint8Array;

interface ZipEntry {
  readonly name: string;
  readonly input: AsyncIterable<Chunk> | Uint8Array | string;
  readonly lastModified: Date;
}

/** Text is handed over in pieces of about this many characters. */
const pieceLength = 65_536;

/**
 * All that an account has, as a zip: a file of JSON lines for each collection, the uploaded files and the pictures. It is
 * made while it is sent: one batch of documents or one file is in memory at a time.
 */
export async function exportAccount(
  dependencies: Dependencies,
  input: { userId: string },
): Promise<{ mimeType: string; contentDisposition: string; chunks: AsyncIterable<Uint8Array> }> {
  const { makeZip } = await import("client-zip");
  const now = dependencies.clock.now();
  return {
    mimeType: "application/zip",
    contentDisposition: attachmentNamed(`muse-export-${now.toISOString().slice(0, 10)}`, "export", "zip"),
    chunks: makeZip(entries(dependencies, input.userId, now)),
  };
}

async function* entries(dependencies: Dependencies, userId: string, now: Date): AsyncGenerator<ZipEntry> {
  const { exported } = dependencies.userData;
  for (const collection of exported) {
    yield { name: `${collection.name}.ndjson`, input: lines(collection, userId), lastModified: now };
  }
  const missing: string[] = [];
  yield* originals(dependencies, missing, exported, userId);
  if (missing.length > 0) {
    const text = missing.map((name) => `${JSON.stringify({ name })}\n`).join("");
    yield { name: "missing.ndjson", input: text, lastModified: now };
  }
}

async function* lines(collection: ExportedCollection, userId: string): AsyncGenerator<string> {
  let piece = "";
  for await (const document of collection.documents(userId)) {
    piece += `${JSON.stringify(exportable(document))}\n`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

/** Where a document of a collection has its bytes, and what their file is called. */
const originalsOf: Readonly<Record<string, (document: Readonly<Record<string, unknown>>) => [string, string] | null>> =
  {
    files: ({ _id, file_path, file_name }) =>
      typeof file_path === "string" ? [file_path, `files/${_id}/${file_name}`] : null,
    images: ({ _id, blob_name }) =>
      typeof blob_name === "string" ? [blob_name, `images/${_id}${/\.[a-z]+$/.exec(blob_name)?.[0] ?? ""}`] : null,
  };

async function* originals(
  dependencies: Dependencies,
  missing: string[],
  exported: readonly ExportedCollection[],
  userId: string,
): AsyncGenerator<ZipEntry> {
  for (const { name, documents } of exported) {
    const originalOf = originalsOf[name];
    if (originalOf === undefined) continue;
    for await (const document of documents(userId)) {
      const original = document.deleted_at === undefined ? originalOf(document) : null;
      if (original === null) continue;
      const [storedAs, fileName] = original;
      const bytes = await read(dependencies, storedAs);
      if (bytes === null) missing.push(fileName);
      else yield { name: fileName, input: bytes, lastModified: dateOf(document.created_at) };
    }
  }
}

/** The bytes from Blob, or from this machine when Blob does not have them. */
async function read({ blobs, localCache, logger }: Dependencies, name: string): Promise<Uint8Array | null> {
  try {
    const bytes = await blobs.get(name);
    if (bytes !== null) return bytes;
  } catch (error) {
    logger.warn({ error, name }, "bytes of an export not read");
  }
  return localCache.get(name);
}

function dateOf(value: unknown): Date {
  return value instanceof Date ? value : new Date(0);
}
