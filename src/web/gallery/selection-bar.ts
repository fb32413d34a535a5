import { element } from "../dom.ts";
import { saveBlob } from "../export.ts";
import { icon } from "../icons.ts";
import { button } from "../notice.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { showToast } from "../toast.ts";
import type { Gallery } from "./gallery-store.ts";
import { changeImages, downloadArchive } from "./images-api.ts";
import { tagsFrom } from "./tags.ts";

/** As many as one request may name. */
const mostAtOnce = 100;

const picturesText = (count: number) => (count === 1 ? "1 picture" : `${count} pictures`);

/** What can be done with several pictures at once. It shows itself while pictures are being chosen. */
export function createSelectionBar(gallery: Gallery): HTMLElement {
  const count = element("p", { class: "selection-count", role: "status" });
  const tags = element("input", {
    type: "text",
    "aria-label": "Tags, separated by commas",
    placeholder: "tag, another tag",
    maxlength: 300,
  });
  let isBusy = false;

  const chosenIds = () => [...(gallery.get().chosen ?? [])];

  /** One thing at a time; what goes wrong is said. */
  const run = async (work: (ids: readonly string[]) => Promise<void>): Promise<void> => {
    const ids = chosenIds();
    if (isBusy || ids.length === 0) return;
    isBusy = true;
    bar.setAttribute("aria-busy", "true");
    try {
      for (let at = 0; at < ids.length; at += mostAtOnce) await work(ids.slice(at, at + mostAtOnce));
    } catch (error) {
      showToast({ text: wordsFor(problemFrom(error)) });
    } finally {
      isBusy = false;
      bar.removeAttribute("aria-busy");
    }
  };

  const tell = (done: string, failed: number) =>
    showToast({ text: failed === 0 ? `${done}.` : `${done}, but not ${picturesText(failed)}` });

  const tag = (action: "tag" | "untag") =>
    run(async (ids) => {
      const wanted = tagsFrom(tags.value);
      if (wanted.length === 0) return tags.focus();
      const { results, failed } = await changeImages({ action, ids, tags: wanted });
      const changed = new Map(results.map((result) => [result.id, result.tags]));
      gallery.set({
        images: gallery.get().images.map((image) => ({ ...image, tags: [...(changed.get(image.id) ?? image.tags)] })),
      });
      tell(action === "tag" ? "Tagged" : "Tag removed", failed);
    });

  const remove = () =>
    run(async (ids) => {
      if (!window.confirm(`Delete ${picturesText(ids.length)} for good, wherever they are stored?`)) return;
      const { results, failed } = await changeImages({ action: "delete", ids });
      gallery.remove(new Set(results.filter(({ success }) => success).map(({ id }) => id)));
      tell("Deleted", failed);
    });

  const download = () => run(async (ids) => saveBlob(await downloadArchive(ids), "muse-images.zip"));

  const bar = element(
    "div",
    { class: "selection-bar", role: "toolbar", "aria-label": "Chosen pictures" },
    count,
    element(
      "span",
      { class: "selection-tags" },
      tags,
      button("Tag", "small-button", () => void tag("tag")),
      button("Untag", "small-button", () => void tag("untag")),
    ),
    button("Download", "small-button", () => void download(), icon("download")),
    button("Delete", "small-button is-dangerous", () => void remove(), icon("trash")),
    button("Done", "quiet-button", () => gallery.set({ chosen: null })),
  );
  gallery.watch(
    ({ chosen }) => chosen,
    (chosen) => {
      bar.hidden = chosen === null;
      count.textContent = chosen === null || chosen.size === 0 ? "Choose pictures" : picturesText(chosen.size);
      for (const control of bar.querySelectorAll("button.small-button")) {
        control.toggleAttribute("disabled", chosen === null || chosen.size === 0);
      }
    },
  );
  return bar;
}
