import { isUtf8 } from "node:buffer";
import type { SniffedContent } from "../domain/file-kinds.ts";
import type { ContentSniffer } from "../ports/files.ts";
import { checkDocx } from "./docx-guard.ts";

/** Pictures that may be uploaded, by what they are recognised as; an animated PNG is a PNG. */
const pictures: Readonly<Record<string, { mimeType: string; description: string }>> = {
  "image/png": { mimeType: "image/png", description: "a PNG picture" },
  "image/apng": { mimeType: "image/png", description: "a PNG picture" },
  "image/jpeg": { mimeType: "image/jpeg", description: "a JPEG picture" },
  "image/gif": { mimeType: "image/gif", description: "a GIF picture" },
  "image/webp": { mimeType: "image/webp", description: "a WebP picture" },
};

const docxMimeType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

const text: SniffedContent = { family: "text", mimeType: "text/plain", description: "plain text" };

/** Control characters have no place in text, but for tab, line breaks, form feed and escape (coloured logs). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const strayControl = /[\x00-\x08\x0B\x0E-\x1A\x1C-\x1F\x7F]/;
/** How much of the beginning is searched for them, in bytes; NUL is searched for everywhere in UTF-8. */
const controlSampleBytes = 65_536;

function isText(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = utf16Encoding(buffer);
  if (encoding !== null) return buffer.length % 2 === 0 && isUtf16Text(buffer, encoding);
  return isUtf8(buffer) && !buffer.includes(0) && !strayControl.test(buffer.toString("latin1", 0, controlSampleBytes));
}

/** Spreadsheets and old editors write UTF-16, always with a byte order mark. */
function utf16Encoding(buffer: Buffer): "utf-16le" | "utf-16be" | null {
  const mark = buffer.length >= 2 ? buffer.readUInt16BE(0) : 0;
  if (mark === 0xff_fe) return "utf-16le";
  return mark === 0xfe_ff ? "utf-16be" : null;
}

/** Half a surrogate pair or a control character soon turns up in what is no text. */
function isUtf16Text(buffer: Buffer, encoding: "utf-16le" | "utf-16be"): boolean {
  try {
    const sample = buffer.subarray(0, controlSampleBytes);
    return !strayControl.test(new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: true }));
  } catch {
    return false;
  }
}

/** Recognises content by `file-type`, which is loaded on first use; what it does not know is text or nothing that is taken. */
export function createContentSniffer(): ContentSniffer {
  return {
    sniff: async (bytes) => {
      const { fileTypeFromBuffer } = await import("file-type");
      const found = await fileTypeFromBuffer(bytes);
      const picture = pictures[found?.mime ?? ""];
      if (picture !== undefined) return { family: "image", ...picture };
      if (found?.mime === "application/pdf") {
        return { family: "pdf", mimeType: found.mime, description: "a PDF document" };
      }
      if (found?.mime === docxMimeType) {
        await checkDocx(bytes);
        return { family: "docx", mimeType: found.mime, description: "a Word document (DOCX)" };
      }
      // Some formats begin with letters that a text may begin with too; their files never are UTF-8 throughout.
      if (isText(bytes)) return text;
      if (found === undefined) {
        return { family: "other", mimeType: "application/octet-stream", description: "binary data of no known kind" };
      }
      return { family: "other", mimeType: found.mime, description: `of type ${found.mime} (.${found.ext})` };
    },
  };
}
