/**
 * Where a picture's file ends by its own format, and whether it is another kind of file too. A file with two meanings
 * passes every check as a picture and is used as the other thing: so it is refused.
 */

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2);
}

export function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** Chunks of length, type, data and checksum, the last of which is IEND (PNG 1.2, section 3). */
function endOfPng(bytes: Uint8Array): number | null {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + uint32(bytes, at);
    if (ascii(bytes, at + 4, at + 8) === "IEND") return end <= bytes.length ? end : null;
    at = end;
  }
  return null;
}

/** A marker without a length: TEM and the restart markers. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Coded data goes on until a marker that is neither a stuffed zero nor a restart (JPEG, annex B.1.1.5). */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at === -1) return bytes.length;
    const marker = bytes[at + 1] ?? 0;
    if (marker !== 0x00 && marker !== 0xff && !standsAlone(marker)) return at;
    at += marker === 0xff ? 1 : 2;
  }
}

/** Segments from marker to marker, to the end-of-image marker (JPEG, annex B). */
export function endOfJpeg(bytes: Uint8Array, from: number): number | null {
  let at = from + 2;
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xd9) return at + 2;
    if (marker === 0xff) at += 1;
    else if (standsAlone(marker)) at += 2;
    else {
      at += 2 + uint16(bytes, at + 2);
      if (marker === 0xda) at = endOfScan(bytes, at);
    }
  }
  return null;
}

/** Pictures of its own may follow a JPEG: previews and gain maps of cameras (CIPA DC-007). */
function endOfJpegs(bytes: Uint8Array): number | null {
  let end = endOfJpeg(bytes, 0);
  while (end !== null && bytes[end] === 0xff && bytes[end + 1] === 0xd8) {
    const next = endOfJpeg(bytes, end);
    if (next === null) break;
    end = next;
  }
  return end;
}

/** Bytes of a color table, by the flags of the descriptor that announces it. */
export function colorTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

export function endOfSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
}

/** Blocks up to the trailer (GIF89a, appendix B). */
function endOfGif(bytes: Uint8Array): number | null {
  let at = 13 + colorTableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === 0x3b) return at + 1;
    if (kind === 0x21) at = endOfSubBlocks(bytes, at + 2);
    else if (kind === 0x2c) at = endOfSubBlocks(bytes, at + 11 + colorTableBytes(bytes[at + 9] ?? 0));
    else return null;
  }
  return null;
}

/** One RIFF chunk, whose length stands in its head, padded to an even number. */
function endOfWebp(bytes: Uint8Array): number | null {
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  const end = 8 + size + (size % 2);
  return end <= bytes.length ? end : null;
}

const ends: Readonly<Record<string, (bytes: Uint8Array) => number | null>> = {
  "image/png": endOfPng,
  "image/jpeg": endOfJpegs,
  "image/gif": endOfGif,
  "image/webp": endOfWebp,
};

const pdfHead = 1_024;
/** The record at the end of a ZIP archive, and the longest comment behind it (APPNOTE 4.3.16). */
const zipEnd = Buffer.from("PK\u0005\u0006", "latin1");
const zipEndBytes = 22;
const longestZipComment = 65_535;

/** Readers of ZIP look for the record from the end, over a comment of exactly the rest. */
function readsAsZip(bytes: Buffer): boolean {
  const earliest = Math.max(0, bytes.length - zipEndBytes - longestZipComment);
  for (let at = bytes.lastIndexOf(zipEnd); at >= earliest; at = at === 0 ? -1 : bytes.lastIndexOf(zipEnd, at - 1)) {
    if (at + zipEndBytes <= bytes.length && at + zipEndBytes + bytes.readUInt16LE(at + 20) === bytes.length)
      return true;
  }
  return false;
}

/**
 * Why a file that begins as a picture is not one alone: one sentence. Null: nothing else was found in it. A file that breaks
 * off is the decoder's to find.
 * @param mimeType as recognised by its first bytes
 */
export function foreignContent(bytes: Uint8Array, mimeType: string): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (readsAsZip(buffer)) return "The picture is a ZIP archive at the same time.";
  if (buffer.subarray(0, pdfHead).includes("%PDF-")) return "The picture is a PDF document at the same time.";
  const end = ends[mimeType]?.(bytes) ?? null;
  // Some cameras fill the rest of a block with zeros.
  const rest = end === null ? [] : bytes.subarray(end);
  if (rest.every((byte) => byte === 0)) return null;
  return `The picture ends after ${end} bytes, but the file goes on.`;
}
