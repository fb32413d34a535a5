import { copyText } from "./copy.ts";
import { element, reconcile } from "./dom.ts";
import { editField } from "./edit-field.ts";
import { fileChip } from "./files/file-chip.ts";
import { fullTime } from "./format.ts";
import { icon } from "./icons.ts";
import { tool, versionArrows } from "./message-tools.ts";
import { button, problemNotice } from "./notice.ts";
import { createParts } from "./parts.ts";
import { pictureStrip } from "./picture-strip.ts";
import type { Entry } from "./state.ts";
import type { EntryActions, View } from "./view.ts";

/** Questions longer than this are folded: pasted pages would bury the answer. */
const foldAbove = { characters: 1_400, lines: 16 };

function isLong(text: string): boolean {
  return text.length > foldAbove.characters || text.split("\n").length > foldAbove.lines;
}

function attachmentsOf(entry: Entry): readonly Node[] {
  const chips = entry.files.map(fileChip);
  return [
    // Among structured content the pictures have their own places.
    ...(entry.pictures.length === 0 || entry.parts !== null ? [] : [pictureStrip(entry.pictures, entry.text)]),
    ...(chips.length === 0 ? [] : [element("div", { class: "file-row" }, ...chips)]),
  ];
}

/** What the person said. */
export function questionView(first: Entry, actions: EntryActions): View<Entry> {
  let shown: Entry = first;
  const text = element("p", { class: "question-text", dir: "auto" });
  const parts = createParts(actions.say);
  parts.node.classList.add("question-parts");
  const attached = element("div", { class: "question-files" });
  const fold = button("", "quiet-button fold", () => {
    text.classList.toggle("is-folded");
    showFold();
  });
  const arrows = versionArrows((by) => actions.showVersion(shown, by));
  const copy = tool("Copy", "copy", () => void copyText(copy, shown.text, null));
  const edit = tool("Edit", "pen", () => actions.beginEdit(shown), "when-idle");
  const tools = element("div", { class: "message-tools question-tools" }, arrows.node, copy, edit);
  const below = element("div", { class: "question-below" });
  const node = element("article", { class: "entry question", "aria-label": "You" });
  let editor: { readonly of: Entry["editing"]; readonly node: HTMLElement } | null = null;

  const showFold = () => fold.replaceChildren(text.classList.contains("is-folded") ? "Show all" : "Show less");

  const showText = (entry: Entry, isNew: boolean) => {
    if (!isNew) return;
    text.textContent = entry.text;
    text.classList.toggle("is-folded", isLong(entry.text));
    showFold();
  };

  const unsentNotice = (entry: Entry): readonly Node[] => {
    if (entry.status !== "unsent" || entry.problem === null) return [];
    const again = button("Send again", "small-button", () => actions.resend(shown), icon("again"));
    const back = button("Edit", "quiet-button", () => actions.takeBack(shown), icon("pen"));
    return [problemNotice(entry.problem, again, back)];
  };

  const showEditor = (entry: Entry) => {
    if (entry.editing === null || editor?.of === entry.editing) return;
    const field = editField({
      ...entry.editing,
      save: (changed) => actions.saveEdit(shown, changed),
      cancel: () => actions.endEdit(shown),
    });
    editor = { of: entry.editing, node: field.node };
    node.replaceChildren(field.node);
    field.focus();
  };

  const update = (entry: Entry) => {
    if (entry === shown && node.hasChildNodes()) return;
    const isNewText = shown.text !== entry.text || text.textContent === "";
    const wasEditing = editor !== null && entry.editing === null;
    shown = entry;
    node.classList.toggle("is-sending", entry.status === "sending");
    node.classList.toggle("is-unsent", entry.status === "unsent");
    if (entry.editing !== null) {
      showEditor(entry);
      return;
    }
    editor = null;
    text.title = fullTime(entry.createdAt);
    if (entry.parts === null) showText(entry, isNewText);
    else parts.show(entry.parts, entry.pictures);
    attached.replaceChildren(...attachmentsOf(entry));
    arrows.show(entry.version, entry.versionCount);
    edit.hidden = entry.messageId === null || entry.parts !== null;
    tools.hidden = entry.status === "unsent";
    below.replaceChildren(...unsentNotice(entry));
    const words = entry.parts === null ? [text, ...(isLong(entry.text) ? [fold] : [])] : [parts.node];
    reconcile(node, [...words, attached, below, tools]);
    if (wasEditing && document.activeElement === document.body) edit.focus({ preventScroll: true });
  };
  update(first);
  return { node, update };
}
