import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { hasNotes } from "../../../src/domain/picture-notes.ts";
import { photoWithPlace, picturesWithNotes, scene } from "../../support/pictures.ts";

const formats = ["png", "jpeg", "gif"] as const;

describe("notes beside the pixels", () => {
  it("are found behind them and in comments", async () => {
    const pictures = await picturesWithNotes("taken at home");
    expect(pictures.map((bytes, index) => hasNotes(bytes, formats[index] ?? ""))).toEqual([true, true, true]);
    expect(hasNotes(await photoWithPlace(), "jpeg")).toBe(true);
  });

  it("are also those of a picture that a camera puts behind its photo", async () => {
    const plain = await sharp(await scene("sun"))
      .jpeg()
      .toBuffer();
    expect(hasNotes(Buffer.concat([plain, plain]), "jpeg")).toBe(true);
  });

  it.each(formats)("are not what tells how to show a %s", async (format) => {
    const bytes = await sharp(await scene("sun"))
      .withIccProfile("p3")
      .toFormat(format)
      .toBuffer();
    expect(hasNotes(bytes, format)).toBe(false);
  });

  it.each(formats)("are not looked for without end in a %s that breaks off", async (format) => {
    const bytes = await sharp(await scene("sun"))
      .toFormat(format)
      .toBuffer();
    for (let length = 0; length < bytes.byteLength; length += 97) {
      expect(hasNotes(bytes.subarray(0, length), format)).toBe(false);
    }
  });
});
