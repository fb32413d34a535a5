import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { hammingDistance, perceptualHash, similarDistance } from "../../../src/domain/perceptual-hash.ts";
import { createImageProcessor } from "../../../src/storage/image-processor.ts";
import { scene } from "../../support/pictures.ts";

const processor = createImageProcessor();
const hashOf = async (bytes: Uint8Array) => (await processor.inspect(bytes)).phash;

/** Large blocks of chance: as much structure as a photo, the same each time. */
function blocks(seed: number): Promise<Buffer> {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  const edge = 12;
  return sharp(Buffer.from(Array.from({ length: edge * edge * 3 }, next)), {
    raw: { width: edge, height: edge, channels: 3 },
  })
    .resize(600, 480, { fit: "fill", kernel: "cubic" })
    .png()
    .toBuffer();
}

const even = (background: string) =>
  sharp({ create: { width: 80, height: 60, channels: 3, background } })
    .png()
    .toBuffer();

const originals: Readonly<Record<string, () => Promise<Buffer>>> = {
  blocks: () => blocks(1),
  "other blocks": () => blocks(2),
  "third blocks": () => blocks(3),
  sun: () => scene("sun", { width: 800 }),
  tower: () => scene("tower", { width: 800 }),
  stripes: () => scene("stripes", { width: 800 }),
  stairs: () => scene("stairs", { width: 800 }),
};

const alterations: Readonly<Record<string, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  "half the size": (bytes) => sharp(bytes).resize(300).png().toBuffer(),
  "the size of a thumbnail": (bytes) => sharp(bytes).resize(90).png().toBuffer(),
  "twice the size": (bytes) => sharp(bytes).resize(1_200).png({ compressionLevel: 1 }).toBuffer(),
  square: (bytes) => sharp(bytes).resize(300, 300, { fit: "fill" }).png().toBuffer(),
  "JPEG at quality 80": (bytes) => sharp(bytes).jpeg({ quality: 80 }).toBuffer(),
  "JPEG at quality 10": (bytes) => sharp(bytes).jpeg({ quality: 10 }).toBuffer(),
  "WebP at quality 50": (bytes) => sharp(bytes).webp({ quality: 50 }).toBuffer(),
  GIF: (bytes) => sharp(bytes).resize(200).gif({ effort: 1 }).toBuffer(),
  "with an alpha channel": (bytes) => sharp(bytes).ensureAlpha().png().toBuffer(),
  brighter: (bytes) => sharp(bytes).modulate({ brightness: 1.08 }).png().toBuffer(),
  darker: (bytes) => sharp(bytes).linear(0.9, 0).png().toBuffer(),
  blurred: (bytes) => sharp(bytes).blur(2).png().toBuffer(),
  "without its outermost percents": async (bytes) => {
    const { width, height } = await sharp(bytes).metadata();
    const [left, top] = [Math.round(width * 0.015), Math.round(height * 0.015)];
    return sharp(bytes)
      .extract({ left, top, width: width - 2 * left, height: height - 2 * top })
      .png()
      .toBuffer();
  },
};

describe("the perceptual hash", () => {
  const pictures = new Map<string, { bytes: Buffer; phash: string }>();

  beforeAll(async () => {
    for (const [name, make] of Object.entries(originals)) {
      const bytes = await make();
      pictures.set(name, { bytes, phash: await hashOf(bytes) });
    }
  });

  it.each(Object.keys(alterations))("stays close when a picture is made %s", async (alteration) => {
    for (const [name, { bytes, phash }] of pictures) {
      const altered = await alterations[alteration]?.(bytes);
      expect(hammingDistance(phash, await hashOf(altered ?? bytes)), name).toBeLessThanOrEqual(similarDistance - 4);
    }
  });

  it("is far apart for different pictures", () => {
    const hashes = [...pictures.values()].map(({ phash }) => phash);
    const distances = hashes.flatMap((left, index) =>
      hashes.slice(index + 1).map((right) => hammingDistance(left, right)),
    );
    expect(Math.min(...distances)).toBeGreaterThan(similarDistance + 4);
  });

  it("is of the picture as it is seen, whichever way the camera was held", async () => {
    const { bytes, phash } = pictures.get("tower") ?? { bytes: Buffer.alloc(0), phash: "" };
    const turned = await sharp(bytes).rotate(90).withMetadata({ orientation: 8 }).jpeg().toBuffer();
    expect(hammingDistance(phash, await hashOf(turned))).toBeLessThanOrEqual(4);
  });

  it("tells even colours apart, and knows them again in another format", async () => {
    const [red, blue] = [await even("#cc0000"), await even("#0000cc")];
    expect(hammingDistance(await hashOf(red), await hashOf(blue))).toBeGreaterThan(similarDistance);
    const jpeg = await sharp(red).jpeg({ quality: 60 }).toBuffer();
    expect(hammingDistance(await hashOf(red), await hashOf(jpeg))).toBeLessThanOrEqual(2);
    expect(await hashOf(await even("#000000"))).toBe("0000000000000000");
  });

  it("wants 32×32 pixels", () => {
    expect(() => perceptualHash(new Uint8Array(10))).toThrow("32×32");
  });
});

describe("the distance of two hashes", () => {
  it.each([
    ["0000000000000000", "0000000000000000", 0],
    ["0000000000000000", "ffffffffffffffff", 64],
    ["8000000000000001", "0000000000000000", 2],
    ["00000000ffffffff", "ffffffff00000000", 64],
    ["123456789abcdef0", "123456789abcdef1", 1],
  ])("%s and %s: %i bits", (left, right, distance) => {
    expect(hammingDistance(left, right)).toBe(distance);
    expect(hammingDistance(right, left)).toBe(distance);
  });
});
