import { element } from "./dom.ts";
import { openLightbox } from "./lightbox.ts";
import type { Picture } from "./state.ts";

/** Small pictures in a row, that open large. */
export function pictureStrip(pictures: readonly Picture[], caption: string): HTMLElement {
  const thumbnails = pictures.map((picture, index) =>
    element(
      "button",
      {
        type: "button",
        class: "thumbnail",
        "aria-label": pictures.length > 1 ? `Open picture ${index + 1} large` : "Open the picture large",
        onclick: () => openLightbox(pictures, index, caption),
      },
      element("img", { src: picture.thumbnailUrl, alt: caption, loading: "lazy" }),
    ),
  );
  return element("div", { class: "picture-strip" }, ...thumbnails);
}
