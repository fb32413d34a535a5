import type { ImageJson, UserStorageJson } from "../api-types.ts";
import { type Problem, problemFrom } from "../problem.ts";
import { createStore, type Store } from "../store.ts";
import * as api from "./images-api.ts";

export interface GalleryState {
  readonly filter: api.ImageFilter;
  readonly images: readonly ImageJson[];
  readonly cursor: string | null;
  readonly status: "loading" | "ready" | "failed";
  readonly problem: Problem | null;
  /** Null while nothing is being chosen. */
  readonly chosen: ReadonlySet<string> | null;
  readonly storage: UserStorageJson | null;
}

export interface Gallery extends Pick<Store<GalleryState>, "get" | "set" | "watch"> {
  /** Begins anew with another filter. */
  readonly filterBy: (change: Partial<api.ImageFilter>) => void;
  /** Reads what comes next, if there is more. */
  readonly more: () => Promise<void>;
  readonly reload: () => Promise<void>;
  readonly replace: (image: ImageJson) => void;
  readonly remove: (ids: ReadonlySet<string>) => void;
}

export const noFilter: api.ImageFilter = { q: null, tag: null, generated: null };

/** The pictures on screen and what is done with them. @param left ends every request */
export function createGallery(left: AbortSignal, filter: api.ImageFilter): Gallery {
  const store = createStore<GalleryState>({
    filter,
    images: [],
    cursor: null,
    status: "loading",
    problem: null,
    chosen: null,
    storage: null,
  });
  let reading = new AbortController();

  const read = async (cursor: string | null): Promise<void> => {
    reading.abort();
    reading = new AbortController();
    const signal = AbortSignal.any([reading.signal, left]);
    store.set({ status: "loading", problem: null });
    try {
      const page = await api.listImages(store.get().filter, cursor, signal);
      if (signal.aborted) return;
      const before = cursor === null ? [] : store.get().images;
      store.set({ images: [...before, ...page.data], cursor: page.next_cursor, status: "ready" });
    } catch (error) {
      if (!signal.aborted) store.set({ status: "failed", problem: problemFrom(error) });
    }
  };

  const readStorage = () =>
    api.getStorage(left).then(
      (storage) => store.set({ storage }),
      // The bar is left out; what matters is the pictures.
      () => undefined,
    );

  return {
    ...store,
    filterBy: (change) => {
      store.set({ filter: { ...store.get().filter, ...change }, images: [], cursor: null });
      void read(null);
    },
    more: async () => {
      const { status, cursor } = store.get();
      if (status !== "loading" && cursor !== null) await read(cursor);
    },
    reload: async () => {
      await Promise.all([read(null), readStorage()]);
    },
    replace: (image) =>
      store.set({ images: store.get().images.map((known) => (known.id === image.id ? image : known)) }),
    remove: (ids) => {
      const { images, chosen } = store.get();
      store.set({
        images: images.filter(({ id }) => !ids.has(id)),
        chosen: chosen === null ? null : new Set([...chosen].filter((id) => !ids.has(id))),
      });
      void readStorage();
    },
  };
}
