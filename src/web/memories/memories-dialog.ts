import { openDialog } from "../dialog.ts";
import { element, reconcile } from "../dom.ts";
import { icon } from "../icons.ts";
import { button } from "../notice.ts";
import { createMemories, type MemoryList } from "./memories.ts";
import { memoryRow } from "./memory-row.ts";
import { memorySwitch } from "./memory-switch.ts";

const typingPauseMs = 200;
const longest = 2_000;

/** Opens what Muse remembers about the person: to read, to add to, to change and to delete. */
export function openMemories(): void {
  const rows = new Map<string, { readonly updatedAt: string; readonly node: HTMLElement }>();
  const list = element("ul", { class: "memories", "aria-label": "What Muse remembers" });
  const status = element("p", { class: "memories-empty", role: "status" });
  const filter = element("input", {
    type: "search",
    class: "field",
    placeholder: "Filter",
    "aria-label": "Filter the notes",
    maxlength: 200,
  });
  const more = button("Show more", "small-button", () => void memories.more());
  const note = element("input", {
    type: "text",
    class: "field",
    placeholder: "I am a vegetarian",
    "aria-label": "Something to remember",
    maxlength: longest,
    autocomplete: "off",
  });
  const add = element("button", { type: "submit", class: "primary-button" }, "Remember");
  const form = element("form", { class: "memory-add" }, note, add);

  const show = ({ items, cursor }: MemoryList) => {
    const kept = new Set(items.map(({ id }) => id));
    for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
    const nodes = items.map((memory) => {
      const known = rows.get(memory.id);
      const isKnown = known?.updatedAt === memory.updated_at && known.node.querySelector("form") === null;
      const node = isKnown
        ? known.node
        : memoryRow(memory, {
            change: (content) => void memories.change(memory.id, content),
            remove: () => {
              void memories.remove(memory);
              note.focus();
            },
          });
      rows.set(memory.id, { updatedAt: memory.updated_at, node });
      return node;
    });
    reconcile(list, nodes);
    more.hidden = cursor === null;
    const isFiltered = filter.value.trim() !== "";
    status.textContent = nodes.length > 0 ? "" : isFiltered ? "No note says that." : "Nothing yet.";
  };

  const memories = createMemories(show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = note.value.trim();
    if (content === "") return;
    add.disabled = true;
    void memories.add(content).then((isDone) => {
      add.disabled = false;
      if (isDone) note.value = "";
      note.focus();
    });
  });
  let timer = 0;
  filter.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void memories.load(filter.value), typingPauseMs);
  });

  more.hidden = true;
  const dialog = openDialog({
    title: "Memories",
    kind: "memories-dialog",
    content: [
      memorySwitch(),
      form,
      element("div", { class: "memory-filter" }, icon("search"), filter),
      element("div", { class: "memory-scroll" }, list, status, more),
    ],
    onClose: () => window.clearTimeout(timer),
  });
  note.focus();
  void memories.load("").then((isDone) => {
    if (!isDone) dialog.close();
  });
}
