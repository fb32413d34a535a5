import * as api from "../api.ts";
import type { MemoryJson } from "../api-types.ts";
import { explainFailure } from "../features.ts";
import { showToast } from "../toast.ts";

export interface MemoryList {
  readonly items: readonly MemoryJson[];
  readonly cursor: string | null;
}

/** The memories that the dialog shows, and what can be done with them. Failures are said in a toast. */
export interface Memories {
  readonly load: (filter: string) => Promise<boolean>;
  readonly more: () => Promise<void>;
  readonly add: (content: string) => Promise<boolean>;
  readonly change: (id: string, content: string) => Promise<void>;
  readonly remove: (memory: MemoryJson) => Promise<void>;
}

/** @param show told of the list whenever it is another */
export function createMemories(show: (list: MemoryList) => void): Memories {
  let list: MemoryList = { items: [], cursor: null };
  let filter: string | null = null;
  let reading = 0;
  /** Raised when something was written: a list that was asked for before may not have it. */
  let writes = 0;

  const set = (items: readonly MemoryJson[], cursor = list.cursor) => {
    list = { items, cursor };
    show(list);
  };
  const others = (id: string) => list.items.filter((item) => item.id !== id);

  const load = async (text: string) => {
    filter = text.trim() === "" ? null : text.trim();
    reading += 1;
    const own = reading;
    try {
      for (let seen = -1; own === reading && seen !== writes; ) {
        seen = writes;
        const page = await api.listMemories(filter, null);
        if (own === reading && seen === writes) set(page.data, page.next_cursor);
      }
      return true;
    } catch (error) {
      explainFailure(error, "memories", false);
      return false;
    }
  };

  const add = async (content: string) => {
    try {
      const memory = await api.createMemory(content);
      writes += 1;
      if (list.items.some(({ id }) => id === memory.id)) showToast({ text: "Muse knows that already." });
      set([memory, ...others(memory.id)]);
      return true;
    } catch (error) {
      explainFailure(error, "memories", false);
      return false;
    }
  };

  return {
    load,
    more: async () => {
      if (list.cursor === null) return;
      const own = reading;
      try {
        const page = await api.listMemories(filter, list.cursor);
        // Not to another filter's.
        if (own === reading) set([...list.items, ...page.data], page.next_cursor);
      } catch (error) {
        explainFailure(error, "memories", false);
      }
    },
    add,
    change: async (id, content) => {
      try {
        const changed = await api.updateMemory(id, content);
        writes += 1;
        set(list.items.map((item) => (item.id === id ? changed : item)));
      } catch (error) {
        explainFailure(error, "memories", true);
        set(list.items);
      }
    },
    remove: async (memory) => {
      const before = list.items;
      set(others(memory.id));
      try {
        await api.deleteMemory(memory.id);
        writes += 1;
        // A list that came meanwhile had it still.
        set(others(memory.id));
      } catch (error) {
        set(before);
        explainFailure(error, "memories", true);
      }
    },
  };
}
