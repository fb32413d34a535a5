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
    expect(await processor.inspect(await make().toBuffer())).toEqual({ width: 64, height: 48, mimeType });
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
