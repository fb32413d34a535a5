import { errorCodes, isAppError } from "../../domain/errors.ts";
import type { ImageBatch, ImageBatchJson } from "../../schemas/gallery.ts";
import { deleteImage } from "../images/delete-image.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";
import { changeTags } from "./update-image.ts";

type Dependencies = Pick<
  GalleryDependencies,
  "images" | "gallery" | "imageHomes" | "imageHosts" | "blobs" | "localCache" | "clock" | "logger"
>;

type Result = ImageBatchJson["results"][number];

/** Pictures that are worked on at once. */
const width = 8;

/**
 * Carries an action out for each picture by itself: what fails for one is told in its result and keeps none of the others
 * from it.
 */
export async function changeImages(
  dependencies: Dependencies,
  input: { userId: string; batch: ImageBatch },
): Promise<ImageBatchJson> {
  const { userId, batch } = input;
  const results: Result[] = [];
  for (let from = 0; from < batch.ids.length; from += width) {
    const some = batch.ids.slice(from, from + width);
    results.push(...(await Promise.all(some.map((imageId) => changeImage(dependencies, { userId, imageId, batch })))));
  }
  const succeeded = results.filter(({ success }) => success).length;
  return { results, succeeded, failed: results.length - succeeded };
}

async function changeImage(
  dependencies: Dependencies,
  { userId, imageId, batch }: { userId: string; imageId: string; batch: ImageBatch },
): Promise<Result> {
  const picture = { userId, imageId };
  try {
    switch (batch.action) {
      case "delete":
        await deleteImage(dependencies, picture);
        return { id: imageId, success: true };
      case "tag":
        return tagged(await changeTags(dependencies, { ...picture, add: batch.tags }));
      case "untag":
        return tagged(await changeTags(dependencies, { ...picture, remove: batch.tags }));
    }
  } catch (error) {
    return { id: imageId, success: false, error: failureOf(dependencies, imageId, error) };
  }
}

function tagged({ _id: id, tags }: { readonly _id: string; readonly tags: readonly string[] }): Result {
  return { id, success: true, tags: [...tags] };
}

function failureOf({ logger }: Pick<Dependencies, "logger">, imageId: string, error: unknown): Result["error"] {
  const code = isAppError(error) ? error.code : "internal";
  const { status, title } = errorCodes[code];
  if (status >= 500) logger.error({ error, imageId }, "picture not changed in a batch");
  return { code, status, detail: (isAppError(error) ? error.detail : undefined) ?? title };
}
