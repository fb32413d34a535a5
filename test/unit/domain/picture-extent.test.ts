import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { foreignContent } from "../../../src/domain/picture-extent.ts";
import { zip } from "../../support/documents.ts";
import { photoWithPlace, scene } from "../../support/pictures.ts";

const page = Buffer.from("<script>alert(1)</script>");
const archive = zip([{ name: "a.txt", bytes: Buffer.from("a") }]);

const formats = {
  "image/png": () => scene("sun"),
  "image/jpeg": async () =>
    sharp(await scene("sun"))
      .jpeg()
      .toBuffer(),
  "image/gif": async () =>
    sharp(await scene("sun"))
      .gif()
      .toBuffer(),
  "image/webp": async () =>
    sharp(await scene("sun"))
      .webp()
      .toBuffer(),
} as const;
const types = Object.keys(formats) as (keyof typeof formats)[];

/** A PNG with a chunk before its last one. */
function withChunk(png: Buffer, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.byteLength);
  head.write("zzZz", 4);
  return Buffer.concat([png.subarray(0, -12), head, content, Buffer.alloc(4), png.subarray(-12)]);
}

describe("a picture's own end", () => {
  it.each(types)("is where a file of type %s ends", async (type) => {
    const bytes = await formats[type]();
    expect(foreignContent(bytes, type)).toBeNull();
    expect(foreignContent(Buffer.concat([bytes, Buffer.alloc(64)]), type)).toBeNull();
    expect(foreignContent(Buffer.concat([bytes, page]), type)).toContain(`ends after ${bytes.byteLength} bytes`);
    expect(foreignContent(Buffer.concat([bytes, archive]), type)).toContain("ZIP");
    expect(foreignContent(bytes.subarray(0, bytes.byteLength - 20), type)).toBeNull();
  });

  it("is found in progressive, turned, animated and lossless pictures", async () => {
    const picture = sharp(await scene("tower"));
    const frames = await sharp({ create: { width: 20, height: 60, channels: 3, background: "#ff0000" } })
      .raw()
      .toBuffer();
    const raw = { raw: { width: 20, height: 60, channels: 3, pageHeight: 20 } } as const;
    for (const [type, bytes] of [
      ["image/jpeg", await picture.clone().jpeg({ progressive: true, quality: 100 }).toBuffer()],
      ["image/jpeg", await photoWithPlace()],
      ["image/png", await picture.clone().png({ palette: true, progressive: true }).toBuffer()],
      ["image/webp", await picture.clone().webp({ lossless: true }).toBuffer()],
      [
        "image/gif",
        await sharp(frames, raw)
          .gif({ delay: [50, 50, 50] })
          .toBuffer(),
      ],
      [
        "image/webp",
        await sharp(frames, raw)
          .webp({ delay: [50, 50, 50] })
          .toBuffer(),
      ],
    ] as const) {
      expect(foreignContent(bytes, type), type).toBeNull();
      expect(foreignContent(Buffer.concat([bytes, page]), type), type).toContain("goes on");
    }
  });

  it("may be followed by further JPEGs, as cameras write them, and by nothing else", async () => {
    const jpeg = await formats["image/jpeg"]();
    expect(foreignContent(Buffer.concat([jpeg, jpeg]), "image/jpeg")).toBeNull();
    expect(foreignContent(Buffer.concat([jpeg, jpeg, page]), "image/jpeg")).toContain("goes on");
    expect(foreignContent(Buffer.concat([jpeg, await scene("sun")]), "image/jpeg")).toContain("goes on");
  });

  it("does not hide an archive or a document within the picture", async () => {
    const png = await scene("sun");
    // A ZIP archive's last record may be followed by a comment: here by the end of the picture.
    const commented = Buffer.from(archive);
    commented.writeUInt16LE(16, commented.byteLength - 2);
    expect(foreignContent(withChunk(png, commented), "image/png")).toContain("ZIP");
    const early = Buffer.concat([png.subarray(0, 8), Buffer.from("%PDF-1.7"), png.subarray(8)]);
    expect(foreignContent(early, "image/png")).toContain("PDF");
  });

  it("ends also where lengths are lies", () => {
    for (const type of types) {
      for (const filler of [0x00, 0x21, 0x2c, 0xff]) {
        const lies = Buffer.concat([Buffer.from("\xff\xd8\xff\xe0\xff\xff", "latin1"), Buffer.alloc(5_000, filler)]);
        expect(() => foreignContent(lies, type)).not.toThrow();
      }
      expect(() => foreignContent(Buffer.alloc(8), type)).not.toThrow();
    }
  });
});
