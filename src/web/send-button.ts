import { element } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Mode } from "./welcome.ts";

export interface SendButton {
  readonly node: HTMLButtonElement;
  readonly isStop: () => boolean;
  readonly showStop: (isStopping: boolean) => void;
  readonly showSend: (mode: Mode, isAsking: boolean, isPossible: boolean) => void;
}

/** One round button: it sends, and while an answer is written it stops it. */
export function createSendButton(): SendButton {
  const node = element("button", { type: "submit", class: "send" });

  const show = (name: "send" | "stop", label: string, isBusy: boolean) => {
    if (node.dataset.icon !== name) node.replaceChildren(icon(name));
    node.dataset.icon = name;
    node.setAttribute("aria-label", label);
    node.classList.toggle("is-stop", name === "stop");
    node.classList.toggle("is-busy", isBusy);
  };

  return {
    node,
    isStop: () => node.classList.contains("is-stop"),
    showStop: (isStopping) => {
      show("stop", isStopping ? "Stopping" : "Stop", isStopping);
      node.title = "Stop (Esc)";
      node.disabled = isStopping;
    },
    showSend: (mode, isAsking, isPossible) => {
      const label = mode === "chat" ? "Send" : "Make the picture";
      show("send", label, isAsking);
      node.title = label;
      node.disabled = isAsking || !isPossible;
    },
  };
}
