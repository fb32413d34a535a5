import { byId, element } from "./dom.ts";

export interface Toast {
  readonly text: string;
  readonly tone?: "plain" | "problem";
  readonly action?: { readonly label: string; readonly run: () => void };
}

const regionIds = ["toasts", "announcer"];

/**
 * Beside a modal dialog the page is covered and inert: nothing there is seen, pressed or read out. So the places that
 * speak are in the dialog while it is open.
 */
function followDialogs(): void {
  const place = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  for (const id of regionIds) {
    const region = byId(id, HTMLElement);
    if (region.parentElement !== place) place.append(region);
  }
}

// On the way down to the dialog, whose own listeners may take it out of the page with all that is in it.
document.addEventListener("close", followDialogs, true);

const plainMs = 5_000;
const withActionMs = 9_000;

/** Shows a short message at the edge of the screen; it waits while the pointer or the focus is on it. */
export function showToast(toast: Toast): void {
  followDialogs();
  const region = byId("toasts", HTMLElement);
  const item = element("div", { class: `toast toast-${toast.tone ?? "plain"}` }, element("p", {}, toast.text));
  const close = () => item.remove();
  const lifetime = toast.action === undefined ? plainMs : withActionMs;
  let timer = window.setTimeout(close, lifetime);
  const hold = () => window.clearTimeout(timer);
  const release = () => {
    hold();
    timer = window.setTimeout(close, plainMs);
  };
  if (toast.action !== undefined) {
    const { label, run } = toast.action;
    const act = () => {
      hold();
      close();
      run();
    };
    item.append(element("button", { type: "button", class: "toast-action", onclick: act }, label));
  }
  item.addEventListener("pointerenter", hold);
  item.addEventListener("pointerleave", release);
  item.addEventListener("focusin", hold);
  item.addEventListener("focusout", release);
  region.append(item);
}

/** Says something to people who listen to the page; nothing is seen. */
export function announce(text: string): void {
  followDialogs();
  byId("announcer", HTMLElement).textContent = text;
}
