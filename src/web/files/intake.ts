import { byId, element } from "../dom.ts";
import { icon } from "../icons.ts";
import { store } from "../state.ts";
import { attach } from "./attachments.ts";

const takesFiles = () => store.get().phase === "ready" && !store.get().missing.includes("files");

function filesOf(transfer: DataTransfer | null): readonly File[] {
  return transfer === null ? [] : [...transfer.files];
}

function hasFiles(event: DragEvent): boolean {
  // The pages beside the conversation take files for themselves, or none.
  return takesFiles() && store.get().page === null && event.dataTransfer?.types.includes("Files") === true;
}

/** Files can be dropped anywhere on the messages; a veil says so while they are held above the page. */
function acceptDrops(take: (files: readonly File[]) => void): void {
  const main = byId("main", HTMLElement);
  const veil = element(
    "div",
    { class: "drop-veil", hidden: true, "aria-hidden": "true" },
    element("p", {}, icon("attach"), "Let go to add the files to your message"),
  );
  main.append(veil);
  // Every element on the way tells of entering and leaving it; only the balance says whether the files are still here.
  let depth = 0;
  const setDepth = (next: number) => {
    depth = Math.max(0, next);
    veil.hidden = depth === 0;
  };
  main.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    setDepth(depth + 1);
  });
  main.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  main.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) setDepth(depth - 1);
  });
  main.addEventListener("drop", (event) => {
    setDepth(0);
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(filesOf(event.dataTransfer));
  });
  // A file that misses would replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
}

/** The ways in for files: a button, dropping them, pasting them. Returns the button. */
export function acceptFiles(text: HTMLTextAreaElement, onTaken: () => void): HTMLElement {
  const take = (files: readonly File[]) => {
    if (files.length === 0) return;
    attach(store.get().current, files);
    onTaken();
  };
  const input = element("input", { type: "file", multiple: true, class: "visually-hidden", tabindex: -1 });
  input.setAttribute("aria-label", "Files to add");
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.value = "";
  });
  const open = element(
    "button",
    {
      type: "button",
      class: "icon-button attach",
      "aria-label": "Add files",
      title: "Add files",
      onclick: () => input.click(),
    },
    icon("attach"),
  );
  text.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    // Text from an office program comes with a picture of itself; then the text is meant.
    const hasText = event.clipboardData?.types.includes("text/plain") === true;
    if (files.length === 0 || hasText || !takesFiles()) return;
    event.preventDefault();
    take(files);
  });
  acceptDrops(take);
  const node = element("div", { class: "attach-slot" }, open, input);
  store.watch(
    (state) => state.missing.includes("files"),
    (isMissing) => {
      node.hidden = isMissing;
    },
  );
  return node;
}
