import { byId, element } from "./dom.ts";
import { icon } from "./icons.ts";
import { button } from "./notice.ts";
import { fileNameOf, freshPicture } from "./pictures.ts";
import { startFrom } from "./start-picture.ts";
import { type Picture, store } from "./state.ts";

/** Shows one of several pictures large, with a way to keep it. */
export function openLightbox(pictures: readonly Picture[], start: number, prompt: string): void {
  const dialog = byId("lightbox", HTMLDialogElement);
  let index = start;

  const image = element("img", { class: "lightbox-image", alt: prompt });
  const caption = element("p", { class: "lightbox-caption", dir: "auto" }, prompt);
  const counter = element("span", { class: "lightbox-counter", role: "status" });
  const download = element(
    "a",
    { class: "small-button", target: "_blank", rel: "noopener" },
    icon("download"),
    "Download",
  );
  const another = button(
    "Make another from it",
    "small-button",
    () => {
      const picture = pictures[index];
      dialog.close();
      if (picture !== undefined) startFrom(picture, prompt);
    },
    icon("picture"),
  );
  // Who reads a shared conversation has no account to make pictures with.
  another.hidden = store.get().user === null;
  let retried: Picture | null = null;

  const show = (next: number) => {
    index = (next + pictures.length) % pictures.length;
    const picture = pictures[index];
    if (picture === undefined) return;
    image.width = picture.width;
    image.height = picture.height;
    image.src = picture.url;
    download.href = picture.url;
    download.download = fileNameOf(prompt, picture);
    counter.textContent =
      pictures.length > 1
        ? `${index + 1} of ${pictures.length}, ${picture.width} × ${picture.height}`
        : `${picture.width} × ${picture.height}`;
  };

  image.addEventListener("error", () => {
    const picture = pictures[index];
    if (picture === undefined || retried === picture) return;
    retried = picture;
    void freshPicture(picture).then(
      ({ url }) => {
        image.src = url;
        download.href = url;
      },
      () => undefined,
    );
  });

  const step = (label: string, name: "previous" | "next", by: number) =>
    element(
      "button",
      { type: "button", class: `icon-button lightbox-${name}`, "aria-label": label, onclick: () => show(index + by) },
      icon(name),
    );
  const close = element(
    "button",
    { type: "button", class: "icon-button lightbox-close", "aria-label": "Close", onclick: () => dialog.close() },
    icon("close"),
  );
  const bar = element("div", { class: "lightbox-bar" }, caption, counter, another, download);
  const frame = element("div", { class: "lightbox-frame" }, image);
  if (pictures.length > 1) frame.append(step("Previous picture", "previous", -1), step("Next picture", "next", 1));

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") show(index - 1);
    if (event.key === "ArrowRight") show(index + 1);
  };
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog || event.target === frame) dialog.close();
  };
  dialog.addEventListener("keydown", onKey);
  dialog.addEventListener("click", onClick);
  dialog.addEventListener(
    "close",
    () => {
      dialog.removeEventListener("keydown", onKey);
      dialog.removeEventListener("click", onClick);
      dialog.replaceChildren();
    },
    { once: true },
  );
  dialog.replaceChildren(frame, bar, close);
  show(start);
  dialog.showModal();
}
