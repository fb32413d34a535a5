import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { deserialize, serialize } from "bson";
import type { Document } from "../engine/values.ts";

/**
 * The log is a sequence of records, one a command:
 *   4 bytes length of the body, 4 bytes CRC-32 of the body, the body: BSON documents one after the other.
 * What follows the last whole record with the right sum is the torn end of a write that nobody was told had happened.
 */
interface AppendLog {
  /** Writes one record. When it returns, the bytes are the kernel's: they survive the death of this process. */
  append(documents: readonly (Document | Uint8Array)[]): void;
  close(): void;
}

const headerBytes = 8;
const readBytes = 8 * 1024 * 1024;
const fileName = "journal.bson-log";

/** Read options: 64-bit integers as numbers where they fit, regular expressions as they were sent. */
export const readOptions = { promoteLongs: true, promoteBuffers: false, bsonRegExp: true } as const;
export const writeOptions = { ignoreUndefined: true, checkKeys: false } as const;

function frame(documents: readonly (Document | Uint8Array)[]): Buffer {
  const parts = documents.map((document) =>
    document instanceof Uint8Array ? document : serialize(document, writeOptions),
  );
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}

function writeWhole(file: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

function* documentsIn(body: Buffer): Generator<Document> {
  let offset = 0;
  while (offset < body.length) {
    const length = body.readInt32LE(offset);
    yield deserialize(body.subarray(offset, offset + length), readOptions);
    offset += length;
  }
}

/** Calls `visit` for each whole record; answers how many bytes they take. */
function readRecords(path: string, visit: (documents: Document[]) => void): number {
  const file = openSync(path, "r");
  let waiting: Buffer = Buffer.alloc(0);
  let whole = 0;
  try {
    const buffer = Buffer.alloc(readBytes);
    for (;;) {
      const count = readSync(file, buffer, 0, readBytes, null);
      if (count === 0) return whole;
      waiting = Buffer.concat([waiting, buffer.subarray(0, count)]);
      let offset = 0;
      while (waiting.length - offset >= headerBytes) {
        const length = waiting.readUInt32LE(offset);
        const end = offset + headerBytes + length;
        if (end > waiting.length) break;
        const body = waiting.subarray(offset + headerBytes, end);
        if (crc32(body) !== waiting.readUInt32LE(offset + 4)) return whole;
        visit([...documentsIn(body)]);
        whole += headerBytes + length;
        offset = end;
      }
      waiting = Buffer.from(waiting.subarray(offset));
    }
  } finally {
    closeSync(file);
  }
}

interface OpenedLog extends AppendLog {
  /** Writes everything anew and puts it in the old log's place by a rename, so that a crash leaves one or the other. */
  compact(records: Iterable<readonly Document[]>): void;
}

/** Opens the log of a folder and reads what is in it. A torn end is cut off. */
export function openLog(folder: string, visit: (documents: Document[]) => void): OpenedLog {
  const path = join(folder, fileName);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const whole = existsSync(path) ? readRecords(path, visit) : 0;
  let file = openSync(path, "a");
  ftruncateSync(file, whole);
  return {
    append: (documents) => writeWhole(file, frame(documents)),
    compact(records) {
      const target = openSync(fresh, "w");
      for (const documents of records) writeWhole(target, frame(documents));
      fsyncSync(target);
      closeSync(target);
      closeSync(file);
      renameSync(fresh, path);
      file = openSync(path, "a");
    },
    close() {
      fsyncSync(file);
      closeSync(file);
    },
  };
}
