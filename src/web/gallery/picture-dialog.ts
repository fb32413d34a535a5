import type { ImageJson } from "../api-types.ts";
import { openDialog } from "../dialog.ts";
import { element } from "../dom.ts";
import { bytesText, fullTime } from "../format.ts";
import { icon } from "../icons.ts";
import { button } from "../notice.ts";
import { field, form } from "../pages/form.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { startFrom } from "../start-picture.ts";
import { announce, showToast } from "../toast.ts";
import type { Gallery } from "./gallery-store.ts";
import { nameOf } from "./grid.ts";
import { changeImages, listSimilar, updateImage } from "./images-api.ts";
import { showPicture } from "./picture-source.ts";
import { serviceName } from "./services.ts";
import { tagsFrom } from "./tags.ts";

function factsOf(image: ImageJson): HTMLElement {
  const homes = image.copies.filter(({ verified_at }) => verified_at !== null).map(({ service }) => service);
  const facts: readonly (readonly [string, string | null])[] = [
    ["Prompt", image.prompt],
    ["Size", `${image.width} × ${image.height}, ${bytesText(image.size)}`],
    ["Made", fullTime(image.created_at)],
    ["Kept at", (homes.length === 0 ? [image.service] : homes).map(serviceName).join(", ")],
  ];
  const rows = facts.flatMap(([name, value]) =>
    value === null ? [] : [element("dt", {}, name), element("dd", {}, value)],
  );
  return element("dl", { class: "picture-facts" }, ...rows);
}

function wordsForm(image: ImageJson, gallery: Gallery): HTMLElement {
  const caption = field({ label: "Caption", value: image.caption ?? "", maxLength: 1_000 });
  const tags = field({ label: "Tags", value: image.tags.join(", "), hint: "Separated by commas" });
  return form({
    fields: { caption, tags },
    action: "Save",
    submit: async () => {
      const body = { caption: caption.value() || null, tags: tagsFrom(tags.value()) };
      gallery.replace(await updateImage(image.id, body));
      showToast({ text: "Saved." });
    },
  });
}

/** Pictures that look like this one; none, and nothing is said of them. */
function similarRow(image: ImageJson, open: (image: ImageJson) => void, closed: AbortSignal): HTMLElement {
  const row = element("div", { class: "similar-row" });
  const section = element(
    "section",
    { class: "similar", "aria-label": "Similar pictures", hidden: true },
    element("h3", {}, "Similar"),
    row,
  );
  void listSimilar(image.id, closed).then(
    ({ data }) => {
      section.hidden = data.length === 0;
      row.replaceChildren(
        ...data.map((other) => {
          const picture = element("img", { alt: nameOf(other), loading: "lazy", width: 96, height: 96 });
          const tile = element(
            "button",
            { type: "button", class: "similar-tile", title: nameOf(other), onclick: () => open(other) },
            picture,
          );
          showPicture(picture, other, "thumbnail", () => tile.remove());
          return tile;
        }),
      );
    },
    () => undefined,
  );
  return section;
}

/** One picture with all that is known of it and can be done with it. */
export function openPicture(image: ImageJson, gallery: Gallery): void {
  const closed = new AbortController();
  const picture = element("img", {
    class: "picture-large",
    alt: nameOf(image),
    width: image.width,
    height: image.height,
  });
  const gone = element("p", { class: "field-hint", hidden: true }, "This picture cannot be shown at the moment.");
  showPicture(picture, image, "preview", () => {
    picture.hidden = true;
    gone.hidden = false;
  });

  const remove = async (): Promise<void> => {
    if (!window.confirm("Delete this picture for good, wherever it is stored?")) return;
    try {
      await changeImages({ action: "delete", ids: [image.id] });
      gallery.remove(new Set([image.id]));
      dialog.close();
      announce("Deleted");
    } catch (error) {
      showToast({ text: wordsFor(problemFrom(error)) });
    }
  };
  const actions = element(
    "div",
    { class: "picture-actions" },
    button(
      "Make another from it",
      "small-button",
      () => {
        dialog.close();
        startFrom({ imageId: image.id, thumbnailUrl: image.thumbnail_url }, image.prompt ?? image.caption ?? "");
      },
      icon("picture"),
    ),
    element(
      "a",
      { class: "small-button", href: image.url, download: "", target: "_blank" },
      icon("download"),
      "Original",
    ),
    image.conversation_id !== null &&
      element(
        "a",
        { class: "small-button", href: `#/c/${image.conversation_id}/m/${image.id}`, onclick: () => dialog.close() },
        icon("chat"),
        "Conversation",
      ),
    button("Delete", "small-button is-dangerous", () => void remove(), icon("trash")),
  );
  const openOther = (other: ImageJson) => {
    dialog.close();
    openPicture(other, gallery);
  };
  const dialog = openDialog({
    title: "Picture",
    kind: "picture-dialog",
    content: [
      element("div", { class: "picture-frame" }, picture, gone),
      element(
        "div",
        { class: "picture-side" },
        actions,
        factsOf(image),
        wordsForm(image, gallery),
        similarRow(image, openOther, closed.signal),
      ),
    ],
    onClose: () => closed.abort(),
  });
}
