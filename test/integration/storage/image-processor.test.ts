import { randomBytes } from "node:crypto";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { createImageProcessor } from "../../../src/storage/image-processor.ts";
import { rejection } from "./support.ts";

const processor = createImageProcessor();

/** A picture of noise, so that every part of its file matters. */
function picture(width: number, height: number) {
  return sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } });
}

describe("inspecting a picture", () => {
  it.each([
    ["image/png", () => picture(64, 48).png()],
    ["image/jpeg", () => picture(64, 48).jpeg()],
    ["image/webp", () => picture(64, 48).webp()],
    ["image/gif", () => picture(64, 48).gif()],
  ])("tells size and type of %s", async (mimeType, make) => {
    expect(await processor.inspect(await make().toBuffer())).toMatchObject({ width: 64, height: 48, mimeType });
  });

  it("tells the size as a viewer shows it", async () => {
    const turned = await picture(64, 48).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await processor.inspect(turned)).toMatchObject({ width: 48, height: 64 });
  });

  it.each([
    ["text", async () => Buffer.from("this is not a picture")],
    ["nothing", async () => Buffer.alloc(0)],
    ["a cut PNG", async () => (await picture(200, 200).png().toBuffer()).subarray(0, 60_000)],
    ["a cut JPEG", async () => (await picture(200, 200).jpeg().toBuffer()).subarray(0, 10_000)],
    ["an SVG", async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ["a TIFF", async () => picture(20, 20).tiff().toBuffer()],
  ])("refuses %s", async (_kind, make) => {
    expect(await rejection(processor.inspect(await make()))).toMatchObject({
      code: "unprocessable",
      isRetryable: false,
    });
  });

  it("refuses a small file that unpacks to too many pixels", async () => {
    const bomb = await sharp({ create: { width: 8_000, height: 7_000, channels: 3, background: "#000000" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(bomb.byteLength).toBeLessThan(1_000_000);
    expect(await rejection(processor.inspect(bomb))).toMatchObject({ code: "unprocessable" });
    expect(await rejection(processor.thumbnail(bomb))).toMatchObject({ code: "unprocessable" });
  });
});

describe("a thumbnail", () => {
  it.each([
    [1_024, 512],
    [30, 90],
  ])("is a 256×256 JPEG of a %i×%i picture", async (width, height) => {
    const bytes = await processor.thumbnail(await picture(width, height).png().toBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "jpeg", width: 256, height: 256 });
  });

  it("shows the middle of a wide picture, on white where it is transparent", async () => {
    const wide = await sharp({ create: { width: 600, height: 200, channels: 4, background: "#ff0000" } })
      .composite([
        {
          input: { create: { width: 200, height: 200, channels: 4, background: { r: 0, g: 0, b: 255, alpha: 1 } } },
          left: 200,
          top: 0,
        },
      ])
      .png()
      .toBuffer();
    const clear = await sharp({
      create: { width: 10, height: 10, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const middleOf = async (bytes: Uint8Array) => {
      const { channels } = await sharp(await processor.thumbnail(bytes)).stats();
      return channels.map((channel) => Math.round(channel.mean / 16) * 16);
    };
    expect(await middleOf(wide)).toEqual([0, 0, 256]);
    expect(await middleOf(clear)).toEqual([256, 256, 256]);
  });

  it("refuses what is no picture", async () => {
    expect(await rejection(processor.thumbnail(Buffer.from("text")))).toMatchObject({ code: "unprocessable" });
  });
});

describe("a preview", () => {
  it("is a JPEG of at most 500 KB in the picture's own size, at the best quality that fits", async () => {
    const small = await picture(300, 200).png().toBuffer();
    const noise = await picture(1_600, 1_200).png().toBuffer();
    for (const [bytes, width, height] of [
      [small, 300, 200],
      [noise, 1_600, 1_200],
    ] as const) {
      const preview = await processor.preview(bytes);
      expect(preview.byteLength).toBeLessThanOrEqual(500_000);
      expect(await sharp(preview).metadata()).toMatchObject({ format: "jpeg", width, height });
    }
    const best = await sharp(small).jpeg({ quality: 95, optimiseCoding: false }).toBuffer();
    expect((await processor.preview(small)).byteLength).toBe(best.byteLength);
  });

  it("becomes smaller only when not even the lowest quality fits", async () => {
    const preview = await processor.preview(await picture(3_400, 3_000).jpeg({ quality: 70 }).toBuffer());
    expect(preview.byteLength).toBeLessThanOrEqual(500_000);
    const { width, height } = await sharp(preview).metadata();
    expect(width).toBeLessThan(3_400);
    expect(width / height).toBeCloseTo(3_400 / 3_000, 1);
  });
});

describe("what is shared of a photograph", () => {
  /** With the place where it was taken, its maker, and turned by a quarter. */
  const photograph = () =>
    picture(64, 48)
      .jpeg()
      .withExif({ IFD0: { Make: "SecretCamera" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "59/1 19/1 0/1" } })
      .withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'>SecretPlace</x:xmpmeta>")
      .withMetadata({ orientation: 6 })
      .toBuffer();

  it.each(["thumbnail", "preview", "shareable"] as const)(
    "tells neither place nor maker (%s), and stands upright",
    async (kind) => {
      const bytes = await photograph();
      expect((await sharp(bytes).metadata()).exif).toBeDefined();
      const shared = await processor[kind](bytes, { isTrusted: false });
      const metadata = await sharp(shared).metadata();
      expect([metadata.exif, metadata.xmp, metadata.iptc, metadata.orientation]).toEqual(Array(4).fill(undefined));
      expect(Buffer.from(shared).includes("Secret")).toBe(false);
      if (kind !== "thumbnail") expect(metadata).toMatchObject({ width: 48, height: 64 });
    },
  );

  it("is a model's picture as it is, unless the model wrote something beside the pixels", async () => {
    const plain = await picture(32, 32).png().toBuffer();
    expect(await processor.shareable(plain, { isTrusted: true })).toBe(plain);
    const talkative = await photograph();
    expect(await processor.shareable(talkative, { isTrusted: true })).not.toBe(talkative);
  });

  it("keeps the pixels of a PNG and the frames of an animation", async () => {
    const plain = await picture(32, 32).png().toBuffer();
    const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();
    expect(await pixels(await processor.shareable(plain, { isTrusted: false }))).toEqual(await pixels(plain));
    const frames = await sharp(await picture(16, 48).raw().toBuffer(), {
      raw: { width: 16, height: 48, channels: 3, pageHeight: 16 },
    })
      .gif()
      .toBuffer();
    expect((await sharp(frames).metadata()).pages).toBe(3);
    expect((await sharp(await processor.shareable(frames, { isTrusted: false })).metadata()).pages).toBe(3);
    expect(await sharp(await processor.thumbnail(frames)).metadata()).toMatchObject({ width: 256, height: 256 });
  });
});

describe("the largest picture", () => {
  it("is worked on in bounded memory, several at once", async () => {
    const largest = await sharp({ create: { width: 7_000, height: 7_000, channels: 3, background: "#336699" } })
      .jpeg()
      .toBuffer();
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    await Promise.all(Array.from({ length: 3 }, () => processor.preview(largest)));
    clearInterval(watch);
    // Decoded whole, each of them would take 147 MB.
    expect(peak - before).toBeLessThan(200 * 1_048_576);
  });
});
