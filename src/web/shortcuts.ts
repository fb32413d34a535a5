import { openDialog } from "./dialog.ts";
import { element } from "./dom.ts";

const storageKey = "muse.single-keys";
const isApple = /mac|iphone|ipad/i.test(navigator.platform);
export const commandKey = isApple ? "⌘" : "Ctrl";

/** Whether single letters do something. Who speaks to the computer, or hits keys by chance, can turn that off. */
function hasSingleKeys(): boolean {
  return localStorage.getItem(storageKey) !== "off";
}

export interface Shortcut {
  /** As it is printed on the key. */
  readonly keys: readonly string[];
  readonly label: string;
  /** The `key` of the event that does it outside of text fields; undefined where the part of the page itself does it. */
  readonly single?: string;
  readonly run?: () => void;
}

/** Keys that belong to the message box and to the page as a whole, and are handled there. */
const everywhere: readonly Shortcut[] = [
  { keys: ["Enter"], label: "Send the message" },
  { keys: ["Shift", "Enter"], label: "Begin a new line" },
  { keys: ["↑"], label: "Edit your last message, in the empty box" },
  { keys: ["Esc"], label: "Stop the answer" },
  { keys: [commandKey, "K"], label: "Search" },
];

function lineOf({ keys, label }: Shortcut): HTMLElement {
  const caps = keys.map((key) => element("kbd", {}, key));
  return element("div", { class: "shortcut" }, element("dt", {}, label), element("dd", {}, ...caps));
}

/** Shows all keys that do something. */
export function openShortcuts(singles: readonly Shortcut[]): void {
  const input = element("input", { type: "checkbox", role: "switch", checked: hasSingleKeys() });
  input.addEventListener("change", () => localStorage.setItem(storageKey, input.checked ? "on" : "off"));
  openDialog({
    title: "Keyboard",
    kind: "shortcuts-dialog",
    content: [
      element("dl", { class: "shortcut-list" }, ...everywhere.map(lineOf)),
      element(
        "div",
        { class: "shortcut-singles" },
        element("h3", {}, "Single keys, outside of text fields"),
        element("label", { class: "switch" }, element("span", { class: "visually-hidden" }, "Single keys"), input),
      ),
      element("dl", { class: "shortcut-list" }, ...singles.map(lineOf)),
    ],
  });
}

function isTyping(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
}

function isElsewhere(): boolean {
  return document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

/** Listens for the keys that work everywhere on the page. */
export function listenForShortcuts(singles: readonly Shortcut[], search: () => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isCommand && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
      return;
    }
    if (isTyping(event) || isElsewhere() || event.ctrlKey || event.metaKey || event.altKey) return;
    const found = hasSingleKeys() ? singles.find(({ single }) => single === event.key) : undefined;
    if (found?.run === undefined) return;
    event.preventDefault();
    found.run();
  });
}
