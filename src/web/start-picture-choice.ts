import { element } from "./dom.ts";
import { sameOrigin } from "./entries.ts";
import { icon } from "./icons.ts";
import { store } from "./state.ts";

interface StartPictureChoice {
  readonly node: HTMLElement;
  /** What the request says of it; nothing where there is none. */
  readonly read: () => { init_image?: { image_id: string }; denoising_strength?: number };
}

const usualStrength = 0.6;

/** The picture that the next one is made from, and how far it may go. Hidden where there is none. */
export function createStartPictureChoice(): StartPictureChoice {
  const picture = element("img", { alt: "The picture to begin with", width: 48, height: 48 });
  const strength = element("input", {
    type: "range",
    min: 0.1,
    max: 1,
    step: 0.05,
    value: usualStrength,
    "aria-label": "How far from the picture",
  });
  const remove = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Begin without the picture",
      onclick: () => store.set({ startPicture: null }),
    },
    icon("close"),
  );
  const node = element(
    "div",
    { class: "start-picture", hidden: true },
    picture,
    element("span", { class: "start-picture-label" }, "Close to it"),
    strength,
    element("span", { class: "start-picture-label" }, "Far from it"),
    remove,
  );
  store.watch(
    (state) => state.startPicture,
    (start) => {
      node.hidden = start === null;
      if (start === null) return;
      picture.src = sameOrigin(start.thumbnailUrl);
      strength.valueAsNumber = usualStrength;
    },
  );
  return {
    node,
    read: () => {
      const { startPicture } = store.get();
      if (startPicture === null) return {};
      return { init_image: { image_id: startPicture.imageId }, denoising_strength: strength.valueAsNumber };
    },
  };
}
