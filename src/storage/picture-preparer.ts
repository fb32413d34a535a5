import { AppError } from "../domain/errors.ts";
import type { PicturePreparer } from "../ports/files.ts";

/** Models scale larger pictures down to about this edge themselves. In pixels. */
const maxEdge = 1_568;
const quality = 82;
const maxPixels = 50_000_000;

/** Makes pictures ready for models that can see, through libvips, which is loaded on first use. */
export function createPicturePreparer(): PicturePreparer {
  return {
    prepareForModel: async (bytes) => {
      const { default: sharp } = await import("sharp");
      try {
        const prepared = await sharp(bytes, { limitInputPixels: maxPixels, failOn: "error" })
          .autoOrient()
          .resize(maxEdge, maxEdge, { fit: "inside", withoutEnlargement: true })
          .flatten({ background: "#ffffff" })
          .jpeg({ quality })
          .toBuffer();
        return { mimeType: "image/jpeg", bytes: prepared };
      } catch (cause) {
        throw new AppError("unprocessable", { detail: "The picture cannot be decoded.", cause });
      }
    },
  };
}
