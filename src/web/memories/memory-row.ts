import type { MemoryJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { fullTime, shortTime } from "../format.ts";
import { tool } from "../message-tools.ts";
import { button } from "../notice.ts";

interface RowActions {
  readonly change: (content: string) => void;
  readonly remove: () => void;
}

const types: Readonly<Record<MemoryJson["memory_type"], string>> = {
  fact: "Fact",
  preference: "Preference",
  context: "Context",
};

/** The API's limit is larger; a note longer than this is no note. */
const longest = 2_000;

function factsOf(memory: MemoryJson): string {
  const facts = [types[memory.memory_type], ...memory.tags.map((tag) => `#${tag}`), shortTime(memory.created_at)];
  return facts.join(" · ");
}

function editorOf(memory: MemoryJson, actions: RowActions, end: () => void): HTMLElement {
  const field = element("textarea", {
    class: "field",
    rows: 2,
    dir: "auto",
    maxlength: longest,
    "aria-label": "Change the note",
  });
  field.value = memory.content;
  const form = element(
    "form",
    { class: "memory-edit" },
    field,
    element(
      "div",
      { class: "edit-row" },
      button("Cancel", "quiet-button", end),
      element("button", { type: "submit", class: "primary-button" }, "Save"),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = field.value.trim();
    if (content === "" || content === memory.content) end();
    else actions.change(content);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      end();
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  queueMicrotask(() => {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
  return form;
}

/** One thing that Muse remembers. */
export function memoryRow(memory: MemoryJson, actions: RowActions): HTMLLIElement {
  const row = element("li", { class: "memory" });
  const showText = (hasFocus: boolean) => {
    const edit = tool("Change", "pen", () => row.replaceChildren(editorOf(memory, actions, () => showText(true))));
    const remove = tool("Forget", "trash", actions.remove);
    row.replaceChildren(
      element(
        "div",
        { class: "memory-body" },
        element("p", { dir: "auto" }, memory.content),
        element("p", { class: "memory-facts", title: fullTime(memory.created_at) }, factsOf(memory)),
      ),
      element("div", { class: "memory-tools" }, edit, remove),
    );
    if (hasFocus) edit.focus();
  };
  showText(false);
  return row;
}
