import type { ImageHost } from "../../ports/image-homes.ts";
import { createImgbb } from "./imgbb.ts";
import { createPostImages } from "./postimages.ts";

/** The settings that are read here; a subset of all, so that tests can name them. */
interface ImageHostSettings {
  readonly IMGBB_API_KEY?: string | undefined;
  readonly IMGBB_BASE_URL?: string | undefined;
  readonly POSTIMAGES_API_KEY?: string | undefined;
  readonly POSTIMAGES_BASE_URL?: string | undefined;
}

/** The public hosts that have a key, in the order in which they are preferred. Without a key nothing becomes public. */
export function createImageHosts(settings: ImageHostSettings): readonly ImageHost[] {
  const { IMGBB_API_KEY: imgbbKey, POSTIMAGES_API_KEY: postImagesKey } = settings;
  return [
    ...(imgbbKey === undefined ? [] : [createImgbb({ apiKey: imgbbKey, baseUrl: settings.IMGBB_BASE_URL })]),
    ...(postImagesKey === undefined
      ? []
      : [createPostImages({ apiKey: postImagesKey, baseUrl: settings.POSTIMAGES_BASE_URL })]),
  ];
}
