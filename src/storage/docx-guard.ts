import { createInflateRaw } from "node:zlib";
import { AppError } from "../domain/errors.ts";

/**
 * What of the zip format is read here; all numbers are little-endian.
 * Source: PKWARE's APPNOTE.TXT, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */
const endSignature = 0x06_05_4b_50;
const endLength = 22;
const entrySignature = 0x02_01_4b_50;
const entryLength = 46;
const localSignature = 0x04_03_4b_50;
const localLength = 30;
const stored = 0;
const deflated = 8;
const encryptedFlag = 1;

const maxEntries = 2_000;
/** Bytes that all parts of a document may unpack to together. */
const maxUnpackedBytes = 200 * 1_048_576;
const requiredParts = ["[Content_Types].xml", "word/document.xml"];

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly packedSize: number;
  readonly unpackedSize: number;
  readonly offset: number;
}

function refused(detail: string): AppError {
  return new AppError("unprocessable", { detail });
}

const malformed = () => refused("The document is not a well-formed DOCX file.");

/** The central directory of an archive that is exactly its bytes: nothing before it and nothing behind it. */
function readEntries(bytes: Buffer): Entry[] {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end + endLength > bytes.length || bytes.readUInt32LE(end) !== endSignature) throw malformed();
  if (end + endLength + bytes.readUInt16LE(end + 20) !== bytes.length) throw malformed();
  const count = bytes.readUInt16LE(end + 10);
  const directory = bytes.readUInt32LE(end + 16);
  if (count === 0 || count > maxEntries || directory + bytes.readUInt32LE(end + 12) !== end) throw malformed();
  const entries: Entry[] = [];
  let position = directory;
  for (let index = 0; index < count; index += 1) {
    if (position + entryLength > end || bytes.readUInt32LE(position) !== entrySignature) throw malformed();
    const nameLength = bytes.readUInt16LE(position + 28);
    entries.push({
      flags: bytes.readUInt16LE(position + 8),
      method: bytes.readUInt16LE(position + 10),
      packedSize: bytes.readUInt32LE(position + 20),
      unpackedSize: bytes.readUInt32LE(position + 24),
      offset: bytes.readUInt32LE(position + 42),
      name: bytes.toString("utf8", position + entryLength, position + entryLength + nameLength),
    });
    position += entryLength + nameLength + bytes.readUInt16LE(position + 30) + bytes.readUInt16LE(position + 32);
  }
  if (position !== end || Math.min(...entries.map(({ offset }) => offset)) !== 0) throw malformed();
  return entries;
}

function packedBytes(bytes: Buffer, entry: Entry): Buffer {
  const { offset } = entry;
  if (offset + localLength > bytes.length || bytes.readUInt32LE(offset) !== localSignature) throw malformed();
  const start = offset + localLength + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  if (start + entry.packedSize > bytes.length) throw malformed();
  return bytes.subarray(start, start + entry.packedSize);
}

/** How much an entry really unpacks to. Nothing is kept, and it stops at `limit`. */
async function unpackedLength(packed: Buffer, limit: number): Promise<number> {
  const inflate = createInflateRaw();
  inflate.end(packed);
  let length = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > limit) break;
    }
  } catch {
    throw malformed();
  }
  return length;
}

/**
 * Checks that a zip archive is a DOCX that is safe to unpack: exactly an archive, with a document in it, without macros,
 * encryption or anything that unpacks to more than it may, whatever its headers say.
 * @throws AppError `unprocessable`
 */
export async function checkDocx(content: Uint8Array): Promise<void> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries = readEntries(bytes);
  const names = new Set(entries.map(({ name }) => name));
  if (names.size !== entries.length || requiredParts.some((part) => !names.has(part))) throw malformed();
  if (entries.some(({ name }) => /(?:^|\/)vbaProject\.bin$/i.test(name))) {
    throw refused("The document holds macros, which cannot be uploaded.");
  }
  if (entries.some(({ flags }) => (flags & encryptedFlag) !== 0)) {
    throw refused("The document is protected by a password.");
  }
  const tooLarge = () => refused(`The document unpacks to more than ${maxUnpackedBytes} bytes.`);
  if (entries.reduce((sum, { unpackedSize }) => sum + unpackedSize, 0) > maxUnpackedBytes) throw tooLarge();
  let unpacked = 0;
  for (const entry of entries) {
    const packed = packedBytes(bytes, entry);
    if (entry.method !== stored && entry.method !== deflated) throw malformed();
    unpacked += entry.method === stored ? packed.byteLength : await unpackedLength(packed, maxUnpackedBytes - unpacked);
    if (unpacked > maxUnpackedBytes) throw tooLarge();
  }
}
