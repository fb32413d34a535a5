import { ascii, colorTableBytes, endOfJpeg, endOfSubBlocks, uint16, uint32 } from "./picture-extent.ts";

/**
 * Whether a picture's file holds words about it beside the pixels, wherever they stand. Decoders that read only the head
 * of a file do not see those behind the pixels, nor comments of which they make nothing.
 */

/** PNG 1.2, section 4.2.3, and the extension for EXIF. */
const pngNotes: readonly string[] = ["tEXt", "zTXt", "iTXt", "eXIf"];

function notesInPng(bytes: Uint8Array): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + uint32(bytes, at)) {
    if (pngNotes.includes(ascii(bytes, at + 4, at + 8))) return true;
  }
  return false;
}

const profile = "ICC_PROFILE";

/** Comments and what programs and cameras add; JFIF, Adobe's transform and color profiles say how to show the pixels. */
function isJpegNote(bytes: Uint8Array, marker: number, at: number): boolean {
  if (marker === 0xfe) return true;
  if (marker < 0xe1 || marker > 0xef || marker === 0xee) return false;
  return marker !== 0xe2 || ascii(bytes, at + 4, at + 4 + profile.length) !== profile;
}

/** Segments up to the coded data (JPEG, annex B), and whatever follows the picture: cameras put others with notes there. */
function notesInJpeg(bytes: Uint8Array): boolean {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const marker = bytes[at + 1] ?? 0;
    if (isJpegNote(bytes, marker, at)) return true;
    at += marker === 0xff ? 1 : 2 + uint16(bytes, at + 2);
  }
  return (endOfJpeg(bytes, 0) ?? bytes.length) < bytes.length;
}

/** Comments, and XMP as an application's block (GIF89a, sections 24 and 26). */
function notesInGif(bytes: Uint8Array): boolean {
  let at = 13 + colorTableBytes(bytes[10] ?? 0);
  while (at < bytes.length && bytes[at] !== 0x3b) {
    const kind = bytes[at];
    if (kind === 0x21) {
      const label = bytes[at + 1];
      if (label === 0xfe || (label === 0xff && ascii(bytes, at + 3, at + 6) === "XMP")) return true;
      at = endOfSubBlocks(bytes, at + 2);
    } else if (kind === 0x2c) at = endOfSubBlocks(bytes, at + 11 + colorTableBytes(bytes[at + 9] ?? 0));
    else return false;
  }
  return false;
}

const looks: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  png: notesInPng,
  jpeg: notesInJpeg,
  gif: notesInGif,
};

/** @param format as the decoder names it; WebP's notes it finds itself, wherever they are */
export function hasNotes(bytes: Uint8Array, format: string): boolean {
  return looks[format]?.(bytes) ?? false;
}
