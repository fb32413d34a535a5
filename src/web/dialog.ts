import { element } from "./dom.ts";
import { icon } from "./icons.ts";

export interface DialogOptions {
  readonly title: string;
  /** Shows the title; else it is only said. */
  readonly hasHead?: boolean;
  readonly kind?: string;
  readonly content: readonly Node[];
  readonly onClose?: () => void;
}

export interface OpenDialog {
  readonly node: HTMLDialogElement;
  readonly close: () => void;
}

/**
 * Opens a modal dialog; on a phone it is a sheet. Escape, the button and a press beside it close it, and the focus goes
 * back to where it was.
 */
export function openDialog({ title, hasHead = true, kind = "", content, onClose }: DialogOptions): OpenDialog {
  const before = document.activeElement;
  const node = element("dialog", { class: `dialog ${kind}`.trim(), "aria-label": title });
  const close = () => node.close();
  const head = element(
    "header",
    { class: "dialog-head" },
    element("h2", {}, title),
    element("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close")),
  );
  const panel = element("div", { class: "dialog-panel", tabindex: -1 }, hasHead && head, ...content);
  node.append(panel);
  let isPressedBeside = false;
  node.addEventListener("pointerdown", (event) => {
    isPressedBeside = event.target === node;
  });
  node.addEventListener("click", (event) => {
    if (event.target === node && isPressedBeside) close();
  });
  node.addEventListener(
    "close",
    () => {
      node.remove();
      onClose?.();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    { once: true },
  );
  document.body.append(node);
  node.showModal();
  // Not on the button that closes it, which comes first; who opens it with a place to type moves on from here.
  panel.focus();
  return { node, close };
}
