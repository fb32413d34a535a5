import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import type { Image } from "../../domain/image.ts";
import { parseSearchQuery } from "../../domain/search.ts";
import type { ListImages } from "../../schemas/gallery.ts";
import type { ImageJson } from "../../schemas/images.ts";
import { requireOwned } from "../require-owned.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";
import { showImage, showImages } from "./show-images.ts";

type Dependencies = Pick<GalleryDependencies, "images" | "gallery" | "searchIndex" | "imageLinks">;

/**
 * One's pictures of all conversations, newest first. Words without anything to look for find nothing.
 * @throws AppError `validation_failed` for a cursor that is none
 */
export async function listImages(
  dependencies: Dependencies,
  input: { userId: string; query: ListImages },
): Promise<{ data: ImageJson[]; next_cursor: string | null }> {
  const { userId } = input;
  const { tag, q, generated, conversation_id: conversationId, limit, cursor } = input.query;
  const after = decodeCursor(cursor);
  const words = q === undefined ? undefined : parseSearchQuery(q);
  if (words !== undefined && words.wanted.length + words.unwanted.length === 0) return { data: [], next_cursor: null };
  const page = await dependencies.gallery.list({ userId, tag, generated, conversationId, words, after, limit });
  return {
    data: await showImages(dependencies, userId, page.items),
    next_cursor: nextCursor(page, cursorByCreation),
  };
}

/** @throws AppError `not_found` (deleted ones too), `forbidden` */
export async function getImage(
  dependencies: Dependencies,
  input: { userId: string; imageId: string },
): Promise<ImageJson> {
  return showImage(dependencies, await requireImage(dependencies, input));
}

/** The picture's document, if it is this user's and not deleted. @throws AppError `not_found`, `forbidden` */
export async function requireImage(
  { images }: Pick<GalleryDependencies, "images">,
  { userId, imageId }: { userId: string; imageId: string },
): Promise<Image> {
  const found = await images.findById(imageId);
  const image = found?.deleted_at === undefined ? found : null;
  return requireOwned("image", image?.user_id === userId ? image : null, async () => image !== null);
}
