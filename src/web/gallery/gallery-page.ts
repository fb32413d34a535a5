import type { ImageJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { uploadTo } from "../files/upload.ts";
import { icon } from "../icons.ts";
import { button, problemNotice } from "../notice.ts";
import type { PageModule } from "../pages/page.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { showToast } from "../toast.ts";
import { createGallery, type Gallery, noFilter } from "./gallery-store.ts";
import { createGrid } from "./grid.ts";
import { openPicture } from "./picture-dialog.ts";
import { createSelectionBar } from "./selection-bar.ts";
import { createStorageBar } from "./storage-bar.ts";

const pictureTypes = "image/png,image/jpeg,image/gif,image/webp";
/** Typing has paused when this long nothing came, in ms. */
const pauseMs = 300;

const kinds = [
  { value: null, label: "All" },
  { value: "true", label: "Made" },
  { value: "false", label: "Uploaded" },
] as const;

function searchBox(gallery: Gallery): HTMLElement {
  let timer: number | undefined;
  const input = element("input", {
    type: "search",
    placeholder: "Search prompts, captions, tags",
    "aria-label": "Search pictures",
    maxlength: 200,
  });
  input.value = gallery.get().filter.q ?? "";
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => gallery.filterBy({ q: input.value.trim() || null }), pauseMs);
  });
  return input;
}

function kindChoice(gallery: Gallery): HTMLElement {
  const labels = kinds.map(({ value, label }) =>
    element(
      "label",
      {},
      element("input", {
        type: "radio",
        name: "picture-kind",
        checked: gallery.get().filter.generated === value,
        onchange: () => gallery.filterBy({ generated: value }),
      }),
      element("span", {}, label),
    ),
  );
  return element(
    "fieldset",
    { class: "choice" },
    element("legend", { class: "visually-hidden" }, "Which pictures"),
    ...labels,
  );
}

/** The tags of the pictures on screen, to filter by. */
function tagRow(gallery: Gallery): HTMLElement {
  const row = element("div", { class: "tag-row", role: "group", "aria-label": "Tags" });
  gallery.watch(
    (state) => state,
    ({ images, filter }) => {
      const tags = [
        ...new Set([...(filter.tag === null ? [] : [filter.tag]), ...images.flatMap((image) => image.tags)]),
      ];
      row.hidden = tags.length === 0;
      row.replaceChildren(
        ...tags.slice(0, 20).map((tag) => {
          const isOn = filter.tag === tag;
          const chip = button(tag, "chip", () => gallery.filterBy({ tag: isOn ? null : tag }));
          chip.setAttribute("aria-pressed", String(isOn));
          return chip;
        }),
      );
    },
  );
  return row;
}

/** @param host where pictures can be dropped */
function uploader(gallery: Gallery, host: HTMLElement, left: AbortSignal): HTMLElement {
  const input = element("input", { type: "file", accept: pictureTypes, multiple: true, hidden: true });
  const control = button("Upload", "small-button", () => input.click(), icon("plus"));
  const take = async (files: readonly File[]): Promise<void> => {
    control.disabled = true;
    try {
      for (const file of files) {
        await uploadTo<ImageJson>("/images", file, { onProgress: () => undefined, signal: left }).catch(
          (error: unknown) => showToast({ text: `${file.name}: ${wordsFor(problemFrom(error))}` }),
        );
      }
      await gallery.reload();
    } finally {
      control.disabled = false;
    }
  };
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length > 0) void take(files);
  });
  host.addEventListener("drop", (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0 && !control.disabled) void take(files);
  });
  return element("span", {}, control, input);
}

function statusLine(gallery: Gallery): HTMLElement {
  const line = element("div", { class: "gallery-status", role: "status" });
  gallery.watch(
    (state) => state,
    ({ status, images, problem, filter }) => {
      if (problem !== null) {
        const again = button("Try again", "small-button", () => void gallery.reload(), icon("again"));
        line.replaceChildren(problemNotice(problem, again));
        return;
      }
      const isFiltered = filter.q !== null || filter.tag !== null || filter.generated !== null;
      const empty = isFiltered
        ? "No picture is like that."
        : "Nothing here yet. Ask Muse for a picture, or upload one.";
      line.replaceChildren(status === "loading" ? "Loading…" : images.length === 0 ? empty : "");
    },
  );
  return line;
}

export const page: PageModule = {
  show: async (host, { query }, left) => {
    const gallery = createGallery(left, { ...noFilter, tag: query.tag ?? null, q: query.q ?? null });
    const choose = button("Choose", "small-button", () => gallery.set({ chosen: new Set() }), icon("check"));
    host.append(
      element(
        "div",
        { class: "gallery-tools" },
        searchBox(gallery),
        kindChoice(gallery),
        choose,
        uploader(gallery, host, left),
      ),
      tagRow(gallery),
      createSelectionBar(gallery),
      createGrid(gallery, (image) => openPicture(image, gallery), left),
      statusLine(gallery),
      createStorageBar(gallery),
    );
    host.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && gallery.get().chosen !== null) gallery.set({ chosen: null });
    });
    await gallery.reload();
  },
};
