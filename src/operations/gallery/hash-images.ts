import { isAppError } from "../../domain/errors.ts";
import type { Image } from "../../domain/image.ts";
import { readOriginal } from "../images/read-image.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";

type Dependencies = Pick<
  GalleryDependencies,
  "gallery" | "imageProcessor" | "blobs" | "localCache" | "imageHosts" | "imageHomes" | "clock" | "logger"
>;

/**
 * Makes the perceptual hash of a stored picture and keeps it.
 * @returns the hash; empty when the picture's bytes are gone or damaged, which is kept too
 * @throws AppError `unavailable` when the bytes cannot be read now
 */
export async function hashImage(dependencies: Dependencies, image: Image): Promise<string> {
  const phash = await makeHash(dependencies, image);
  await dependencies.gallery.setHash({ imageId: image._id, phash });
  return phash;
}

async function makeHash(dependencies: Dependencies, image: Image): Promise<string> {
  try {
    const { phash } = await dependencies.imageProcessor.inspect(await readOriginal(dependencies, image));
    return phash;
  } catch (error) {
    if (isAppError(error) && (error.code === "unprocessable" || error.code === "not_found")) return "";
    throw error;
  }
}

/**
 * Gives pictures without a perceptual hash one: those from before there were any, and those whose making failed.
 * @param input.limit pictures at most
 */
export async function hashImages(
  dependencies: Dependencies,
  input: { limit: number },
): Promise<{ hashed: number; unhashable: number; failed: number }> {
  const summary = { hashed: 0, unhashable: 0, failed: 0 };
  for (const image of await dependencies.gallery.findUnhashed(input.limit)) {
    try {
      const phash = await hashImage(dependencies, image);
      summary[phash === "" ? "unhashable" : "hashed"] += 1;
    } catch (error) {
      dependencies.logger.warn({ error, imageId: image._id }, "picture not hashed; it will be tried again");
      summary.failed += 1;
    }
  }
  return summary;
}
