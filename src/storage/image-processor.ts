import type { Sharp, SharpOptions } from "sharp";
import { AppError } from "../domain/errors.ts";
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

/** A file of a few kilobytes can unpack to gigabytes: the limit is checked before anything is decoded. */
const decoding: SharpOptions = { limitInputPixels: maxPixels, failOn: "error", sequentialRead: true };

function unprocessable(detail: string, cause?: unknown): AppError {
  return new AppError("unprocessable", { detail, cause });
}

/** Picture work through libvips, loaded on first use. */
export function createImageProcessor(): ImageProcessor {
  let loading: Promise<(bytes: Uint8Array) => Sharp> | undefined;

  async function load(): Promise<(bytes: Uint8Array) => Sharp> {
    const { default: sharp } = await import("sharp");
    // An instance serves many requests at once in little memory: no more than two threads, and no cache of operations.
    sharp.concurrency(2);
    sharp.cache(false);
    return (bytes) => sharp(bytes, decoding);
  }

  /** Runs `work` on the picture; whatever libvips has against it is the picture's fault. */
  async function decoded<R>(bytes: Uint8Array, work: (picture: Sharp) => Promise<R>): Promise<R> {
    loading ??= load();
    const open = await loading;
    try {
      return await work(open(bytes));
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
      // Every pixel goes into the result, so that a truncated or damaged file shows; the result itself is of no use.
      await decoded(bytes, (picture) =>
        picture.resize(16, 16, { fit: "fill", fastShrinkOnLoad: false }).raw().toBuffer(),
      );
      return { width: metadata.autoOrient.width, height: metadata.autoOrient.height, mimeType };
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
  };
}
