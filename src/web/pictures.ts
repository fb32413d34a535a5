import * as api from "./api.ts";
import type { Picture } from "./state.ts";
import { pictureFrom } from "./threads.ts";

/** The picture with addresses that are valid now. @throws ApiError */
export async function freshPicture(picture: Picture): Promise<Picture> {
  return pictureFrom(await api.getImage(picture.imageId), picture.imageId);
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
