import type { ImageJson } from "../api-types.ts";
import { element, reconcile } from "../dom.ts";
import { icon } from "../icons.ts";
import type { Gallery } from "./gallery-store.ts";
import { showPicture } from "./picture-source.ts";

/** What a picture is called where it cannot be seen. */
export function nameOf(image: Pick<ImageJson, "caption" | "prompt">): string {
  return image.caption ?? image.prompt ?? "Picture";
}

interface Tile {
  readonly node: HTMLElement;
  readonly update: (image: ImageJson, chosen: ReadonlySet<string> | null) => void;
}

function createTile(first: ImageJson, act: (image: ImageJson, isRange: boolean) => void): Tile {
  let image = first;
  const picture = element("img", { loading: "lazy", decoding: "async", width: 256, height: 256 });
  const sign = element("span", { class: "tile-sign" }, icon("check"));
  const node = element(
    "button",
    {
      type: "button",
      class: "gallery-tile",
      onclick: (event) => act(image, event instanceof MouseEvent && event.shiftKey),
    },
    picture,
    sign,
  );
  showPicture(picture, image, "thumbnail", () => node.classList.add("is-gone"));
  return {
    node,
    update: (now, chosen) => {
      image = now;
      picture.alt = nameOf(now);
      node.title = nameOf(now);
      node.classList.toggle("is-choosing", chosen !== null);
      if (chosen === null) node.removeAttribute("aria-pressed");
      else node.setAttribute("aria-pressed", String(chosen.has(now.id)));
    },
  };
}

/** The pictures as squares. Their files load as they come near; the next page does when the end comes near. */
export function createGrid(gallery: Gallery, open: (image: ImageJson) => void, left: AbortSignal): HTMLElement {
  const tiles = new Map<string, Tile>();
  const grid = element("div", { class: "gallery-grid" });
  const end = element("div", { class: "gallery-end" });
  let lastChosen: string | null = null;

  /** With Shift, everything between the last one and this one. */
  const choose = (image: ImageJson, isRange: boolean): void => {
    const { chosen, images } = gallery.get();
    const next = new Set(chosen);
    const from = images.findIndex(({ id }) => id === lastChosen);
    const to = images.findIndex(({ id }) => id === image.id);
    if (isRange && from >= 0) {
      for (const { id } of images.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(id);
    } else if (!next.delete(image.id)) next.add(image.id);
    lastChosen = image.id;
    gallery.set({ chosen: next });
  };
  const act = (image: ImageJson, isRange: boolean): void => {
    if (gallery.get().chosen === null) open(image);
    else choose(image, isRange);
  };

  gallery.watch(
    (state) => state,
    ({ images, chosen }) => {
      for (const image of images) {
        const tile = tiles.get(image.id) ?? createTile(image, act);
        tiles.set(image.id, tile);
        tile.update(image, chosen);
      }
      const shown = images.flatMap(({ id }) => tiles.get(id)?.node ?? []);
      reconcile(grid, shown);
      const ids = new Set(images.map(({ id }) => id));
      for (const id of tiles.keys()) if (!ids.has(id)) tiles.delete(id);
    },
  );

  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) void gallery.more();
    },
    { rootMargin: "600px" },
  );
  observer.observe(end);
  // A page that did not fill the window leaves the end in sight, of which nobody is told again.
  gallery.watch(
    ({ status }) => status,
    (status) => {
      if (status !== "ready") return;
      observer.unobserve(end);
      observer.observe(end);
    },
  );
  left.addEventListener("abort", () => observer.disconnect(), { once: true });
  return element("div", {}, grid, end);
}
