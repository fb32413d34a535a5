import { AppError } from "../../domain/errors.ts";
import type { Image } from "../../domain/image.ts";
import { changedTags, mostTags } from "../../domain/tags.ts";
import type { GalleryChanges } from "../../ports/gallery.ts";
import type { UpdateImage } from "../../schemas/gallery.ts";
import type { ImageJson } from "../../schemas/images.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";
import { requireImage } from "./read-images.ts";
import { showImage } from "./show-images.ts";

type Dependencies = Pick<GalleryDependencies, "images" | "gallery" | "clock">;

/** Changes what is given; an empty caption takes the caption away. @throws AppError `not_found`, `forbidden` */
export async function updateImage(
  dependencies: Dependencies & Pick<GalleryDependencies, "searchIndex" | "imageLinks">,
  input: { userId: string; imageId: string; body: UpdateImage },
): Promise<ImageJson> {
  const { gallery, clock } = dependencies;
  const { userId, imageId } = input;
  const { caption, tags } = input.body;
  await requireImage(dependencies, input);
  const changes: GalleryChanges = {
    ...(caption === undefined ? {} : { caption }),
    ...(tags === undefined ? {} : { tags }),
  };
  const updated = await gallery.update({ userId, imageId, changes, now: clock.now() });
  if (updated === null) throw new AppError("not_found", { detail: "There is no such image." });
  return showImage(dependencies, updated);
}

/** How often a change is tried again that another one came before. */
const changeAttempts = 25;
/** The longest pause before that, in ms: of many at once each needs a moment of its own. */
const longestPauseMs = 40;

/**
 * Adds tags or takes them away. A change that comes at the same time from elsewhere is kept.
 * @throws AppError `unprocessable` when there would be too many tags, `not_found`, `forbidden`, `conflict`
 */
export async function changeTags(
  dependencies: Dependencies,
  input: { userId: string; imageId: string; add?: readonly string[]; remove?: readonly string[] },
): Promise<Image> {
  const { gallery, clock } = dependencies;
  const { userId, imageId } = input;
  for (let attempt = 0; attempt < changeAttempts; attempt += 1) {
    const image = await requireImage(dependencies, input);
    const tags = changedTags(image.tags, input);
    if (tags.length > mostTags && tags.length > image.tags.length) {
      throw new AppError("unprocessable", {
        detail: `A picture may have ${mostTags} tags; it would have ${tags.length}.`,
      });
    }
    if (tags.length === image.tags.length && tags.every((tag) => image.tags.includes(tag))) return image;
    // Time may stand still between two changes, but the mark of a change must not.
    const now = new Date(Math.max(clock.now().getTime(), image.updated_at.getTime() + 1));
    const updated = await gallery.update({
      userId,
      imageId,
      changes: { tags },
      ifUnchangedSince: image.updated_at,
      now,
    });
    if (updated !== null) return updated;
    await clock.sleep(Math.random() * longestPauseMs);
  }
  throw new AppError("conflict", {
    detail: "The picture is being changed elsewhere. Try again.",
    retryAfterSeconds: 1,
  });
}
