import { element } from "../dom.ts";
import { bytesText } from "../format.ts";
import { icon } from "../icons.ts";

/** A file that goes with a message, in a line. */
export function fileChip({ name, size }: { name: string; size: number | null }): HTMLElement {
  return element(
    "span",
    { class: "file-chip", title: name },
    icon("file"),
    element("span", { class: "file-name" }, name),
    size !== null && element("span", { class: "file-fact" }, bytesText(size)),
  );
}
