import { sameOrigin } from "../entries.ts";
import { getImage } from "./images-api.ts";

/** The addresses of a picture, by how large it has to be. */
interface Sources {
  readonly id: string;
  readonly url: string;
  readonly thumbnail_url: string;
  readonly preview_url?: string | null;
  readonly cloud_url: string | null;
}

type Size = "thumbnail" | "preview";

/** Where a picture can be had, the best place first: Muse's own copy, then the public one. */
export function sourcesOf(image: Sources, size: Size): readonly string[] {
  const own = size === "thumbnail" ? image.thumbnail_url : (image.preview_url ?? image.url);
  const places = [sameOrigin(own), image.cloud_url, sameOrigin(image.url)];
  return [...new Set(places.filter((place) => place !== null))];
}

/**
 * Shows a picture in an element. Where an address fails the next place is tried; then the picture is asked for anew,
 * for signed addresses expire on a page that stays open.
 */
export function showPicture(element: HTMLImageElement, image: Sources, size: Size, onGone: () => void): void {
  let left = [...sourcesOf(image, size)];
  let isRenewed = false;
  const next = () => {
    const source = left.shift();
    if (source !== undefined) {
      element.src = source;
    } else if (isRenewed) {
      onGone();
    } else {
      isRenewed = true;
      void getImage(image.id).then((fresh) => {
        left = [...sourcesOf(fresh, size)];
        next();
      }, onGone);
    }
  };
  element.addEventListener("error", next);
  next();
}
