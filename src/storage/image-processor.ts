import type { Metadata, Sharp, SharpOptions } from "sharp";
import { AppError } from "../domain/errors.ts";
import { perceptualHash, perceptualHashEdge } from "../domain/perceptual-hash.ts";
import { hasNotes } from "../domain/picture-notes.ts";
import { createGate } from "../platform/gate.ts";
import type { ImageProcessor } from "../ports/storage.ts";

const mimeTypes: Readonly<Record<string, string>> = {
  png: "image/png",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
};

const maxMegapixels = 50;
const maxPixels = maxMegapixels * 1_000_000;
const thumbnailEdge = 256;
const thumbnailQuality = 82;
/** The best quality at which a preview fits is taken; a decimal kilobyte, so that it fits by either way of counting. */
const previewMaxBytes = 500_000;
const previewQualities = [95, 90, 85, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30, 25, 20, 15, 10] as const;
/** JPEG knows no longer edge than 65,535; nobody's screen shows half of this. In pixels. */
const previewMaxEdge = 16_384;
/** Each step that makes a preview smaller which does not even fit at the lowest quality. */
const previewShrink = 0.75;
/** Quality of a public copy that has to be written anew. */
const sharedQuality = 95;
/**
 * Optimised tables save a few percent of a JPEG, but need the whole picture in memory: for one of 49 megapixels 318 MB
 * instead of 25 MB (measured).
 */
const inOnePass = { optimiseCoding: false } as const;
/** Pictures worked on at once in one process; further ones wait. So memory does not grow with the number of requests. */
const maxPicturesAtOnce = 2;

/** A file of a few kilobytes can unpack to gigabytes: the limit is checked before anything is decoded. */
const decoding: SharpOptions = { limitInputPixels: maxPixels, failOn: "error", sequentialRead: true };

function unprocessable(detail: string, cause?: unknown): AppError {
  return new AppError("unprocessable", { detail, cause });
}

/** What a camera or a program may have written beside the pixels: places, names, prompts. */
function carriesMetadata(bytes: Uint8Array, metadata: Metadata): boolean {
  const { exif, xmp, iptc, tifftagPhotoshop, comments, orientation } = metadata;
  const isKnown = [exif, xmp, iptc, tifftagPhotoshop].some(Boolean) || (comments?.length ?? 0) > 0;
  return isKnown || (orientation ?? 1) > 1 || hasNotes(bytes, metadata.format);
}

/** In the picture's own format, with nothing beside the pixels but their colour profile. */
function writtenAnew(picture: Sharp, format: string): Sharp {
  const clean = picture.autoOrient().keepIccProfile();
  if (format === "jpeg") return clean.jpeg({ quality: sharedQuality, chromaSubsampling: "4:4:4", ...inOnePass });
  if (format === "webp") return clean.webp({ quality: sharedQuality });
  return format === "gif" ? clean.gif() : clean.png();
}

/** The first of the encodings, best first and each smaller than the one before, that fits; null when none does. */
async function bestFit(encode: (quality: number) => Promise<Uint8Array>): Promise<Uint8Array | null> {
  let best: Uint8Array | null = null;
  let low = 0;
  let high = previewQualities.length - 1;
  // Most pictures fit at the first try, which is the best one; only then halves are searched.
  let next = 0;
  while (low <= high) {
    const encoded = await encode(previewQualities[next] ?? 10);
    if (encoded.byteLength <= previewMaxBytes) {
      best = encoded;
      high = next - 1;
    } else low = next + 1;
    next = Math.floor((low + high) / 2);
  }
  return best;
}

type Open = (bytes: Uint8Array, options?: SharpOptions) => Sharp;

/** Picture work through libvips, loaded on first use. */
export function createImageProcessor(): ImageProcessor {
  let loading: Promise<Open> | undefined;
  const throughGate = createGate(maxPicturesAtOnce);

  async function load(): Promise<Open> {
    const { default: sharp } = await import("sharp");
    // An instance serves many requests at once in little memory: no more than two threads, and no cache of operations.
    sharp.concurrency(2);
    sharp.cache(false);
    return (bytes, options) => sharp(bytes, { ...decoding, ...options });
  }

  /** Runs `work` on the picture; whatever libvips has against it is the picture's fault. */
  async function decoded<R>(
    bytes: Uint8Array,
    work: (picture: Sharp) => Promise<R>,
    options?: SharpOptions,
  ): Promise<R> {
    loading ??= load();
    const open = await loading;
    try {
      return await throughGate(() => work(open(bytes, options)));
    } catch (error) {
      throw unprocessable("The picture cannot be decoded.", error);
    }
  }

  return {
    inspect: async (bytes) => {
      const metadata = await decoded(bytes, (picture) => picture.metadata());
      const mimeType = mimeTypes[metadata.format];
      if (mimeType === undefined) throw unprocessable("The picture is not a PNG, JPEG, WebP or GIF file.");
      if (metadata.width * metadata.height > maxPixels) {
        throw unprocessable(`The picture has more than ${maxMegapixels} megapixels.`);
      }
      // Every pixel goes into the hash, so that a truncated or damaged file shows. JPEG's own shrinking on load would
      // give other pixels than the same picture has as a PNG.
      const pixels = await decoded(bytes, (picture) =>
        picture
          .autoOrient()
          .flatten({ background: "#ffffff" })
          .toColourspace("srgb")
          .resize(perceptualHashEdge, perceptualHashEdge, { fit: "fill", fastShrinkOnLoad: false })
          .raw()
          .toBuffer(),
      );
      const { width, height } = metadata.autoOrient;
      return {
        width,
        height,
        mimeType,
        phash: perceptualHash(pixels),
        carriesMetadata: carriesMetadata(bytes, metadata),
      };
    },

    thumbnail: (bytes) =>
      decoded(bytes, (picture) =>
        picture
          .autoOrient()
          .resize(thumbnailEdge, thumbnailEdge, { fit: "cover", kernel: "lanczos3" })
          .flatten({ background: "#ffffff" })
          .jpeg({ quality: thumbnailQuality })
          .toBuffer(),
      ),

    preview: async (bytes) => {
      const encode = (edge: number, quality: number) =>
        decoded(bytes, (picture) =>
          picture
            .autoOrient()
            .resize(edge, edge, { fit: "inside", withoutEnlargement: true, kernel: "lanczos3" })
            .flatten({ background: "#ffffff" })
            .jpeg({ quality, ...inOnePass })
            .toBuffer(),
        );
      const best = await bestFit((quality) => encode(previewMaxEdge, quality));
      if (best !== null) return best;
      const { width, height } = await decoded(bytes, (picture) => picture.metadata());
      let edge = Math.min(previewMaxEdge, Math.max(width, height));
      for (;;) {
        edge = Math.floor(edge * previewShrink);
        const encoded = await encode(edge, previewQualities[previewQualities.length - 1] ?? 10);
        if (encoded.byteLength <= previewMaxBytes) return encoded;
      }
    },

    shareable: async (bytes, { isTrusted }) => {
      const metadata = await decoded(bytes, (picture) => picture.metadata());
      if (isTrusted && !carriesMetadata(bytes, metadata)) return bytes;
      const animated = { animated: (metadata.pages ?? 1) > 1 };
      return decoded(bytes, (picture) => writtenAnew(picture, metadata.format).toBuffer(), animated);
    },
  };
}
