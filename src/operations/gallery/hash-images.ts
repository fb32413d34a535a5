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

/** Pictures a run. Each is read and decoded, and the job's lock has to outlive the run. */
const batchSize = 200;
/** No picture is begun after this, in ms. */
const maxRunMs = 40_000;

/** Gives pictures without a perceptual hash one: those from before there were any, and those whose making failed. */
export async function hashImages(
  dependencies: Dependencies,
): Promise<{ hashed: number; unhashable: number; failed: number }> {
  const { gallery, clock, logger } = dependencies;
  const deadline = clock.now().getTime() + maxRunMs;
  const summary = { hashed: 0, unhashable: 0, failed: 0 };
  for (const image of await gallery.findUnhashed(batchSize)) {
    if (clock.now().getTime() > deadline) break;
    try {
      const phash = await hashImage(dependencies, image);
      summary[phash === "" ? "unhashable" : "hashed"] += 1;
    } catch (error) {
      logger.warn({ error, imageId: image._id }, "picture not hashed; it will be tried again");
      summary.failed += 1;
    }
  }
  return summary;
}
