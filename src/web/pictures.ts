import * as api from "./api.ts";
import { pictureFrom } from "./entries.ts";
import type { Picture } from "./state.ts";

/** The picture with addresses that are valid now. @throws when there are none */
export async function freshPicture(picture: Picture): Promise<Picture> {
  const { imageId, generationId } = picture;
  const generation = generationId === null ? null : await api.getGeneration(generationId);
  const image = generation?.images.find(({ id }) => id === imageId);
  if (image === undefined) throw new Error(`no address for picture ${imageId}`);
  return pictureFrom(image, imageId, generationId);
}

/** A file name from the prompt, that every system accepts. */
export function fileNameOf(prompt: string, picture: Picture): string {
  const words = prompt
    .toLowerCase()
    .replace(/\[\[.*?\]\]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const kind = /^image\/(png|jpeg|webp|gif|svg)/.exec(picture.mimeType)?.[1] ?? "png";
  return `${words === "" ? "muse" : words}.${kind === "jpeg" ? "jpg" : kind}`;
}
