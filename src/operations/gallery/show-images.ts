import type { Image } from "../../domain/image.ts";
import type { ImageJson } from "../../schemas/images.ts";
import { toImageJson } from "../images/image-json.ts";
import type { GalleryDependencies } from "./gallery-dependencies.ts";

/** Pictures as the gallery shows them, with the titles of their conversations, which are read in one query. */
export async function showImages(
  { searchIndex, imageLinks }: Pick<GalleryDependencies, "searchIndex" | "imageLinks">,
  userId: string,
  images: readonly Image[],
): Promise<ImageJson[]> {
  const conversationIds = new Set(images.flatMap(({ conversation_id: id }) => (id === undefined ? [] : [id])));
  const found = await searchIndex.findConversations({ userId, conversationIds: [...conversationIds] });
  const conversations = new Map(found.map((conversation) => [conversation._id, conversation]));
  return images.map((image) => toImageJson(image, conversations.get(image.conversation_id ?? "") ?? null, imageLinks));
}

/** One picture as the gallery shows it. */
export async function showImage(
  dependencies: Pick<GalleryDependencies, "searchIndex" | "imageLinks">,
  image: Image,
): Promise<ImageJson> {
  const [json] = await showImages(dependencies, image.user_id, [image]);
  if (json === undefined) throw new Error("one picture gives one");
  return json;
}
