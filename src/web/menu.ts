import { element } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";

export interface MenuItem {
  readonly label: string;
  /** A second line in smaller type. */
  readonly detail?: string;
  readonly icon?: IconName;
  readonly isDangerous?: boolean;
  /** Whether it is the chosen one of several; undefined where nothing is chosen but something done. */
  readonly isChecked?: boolean;
  /** Set apart from what is above it. */
  readonly isFirstOfGroup?: boolean;
  readonly run: () => void;
}

/** Distance from the edges of the window, in CSS pixels. */
const margin = 8;

function place(menu: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(margin, Math.min(box.right - width, window.innerWidth - width - margin));
  const isBelow = box.bottom + height + margin <= window.innerHeight;
  const top = isBelow ? box.bottom + 4 : Math.max(margin, box.top - height - 4);
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
}

function controlOf(item: MenuItem, act: () => void): HTMLButtonElement {
  const { isChecked } = item;
  const kinds = ["menu-item", item.isDangerous && "is-dangerous", item.isFirstOfGroup && "is-first-of-group"];
  const sign = isChecked === undefined ? item.icon : isChecked ? "check" : (item.icon ?? "blank");
  return element(
    "button",
    {
      type: "button",
      role: isChecked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": isChecked === undefined ? null : String(isChecked),
      tabindex: -1,
      class: kinds.filter(Boolean).join(" "),
      onclick: act,
    },
    sign === undefined ? null : icon(sign),
    element("span", { class: "menu-text" }, item.label, item.detail !== undefined && element("small", {}, item.detail)),
  );
}

/** Opens a menu beside the button that asked for it. Arrow keys move, Escape closes, the focus goes back. */
export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const menu = element("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  for (const item of items) {
    const act = () => {
      menu.hidePopover();
      item.run();
    };
    menu.append(controlOf(item, act));
  }
  const controls = [...menu.querySelectorAll("button")];
  const steps: Readonly<Record<string, (at: number) => number>> = {
    ArrowDown: (at) => at + 1,
    ArrowUp: (at) => at - 1,
    Home: () => 0,
    End: () => -1,
  };
  menu.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (event.key === "Tab") menu.hidePopover();
    if (step === undefined) return;
    event.preventDefault();
    const at = controls.findIndex((control) => control.matches(":focus"));
    controls[(step(at) + controls.length) % controls.length]?.focus();
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    const hadFocus = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (hadFocus) anchor.focus();
  });
  document.body.append(menu);
  menu.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  // Where one of several is chosen, from the chosen one; in a menu of things to do, from its beginning.
  const isChoice = items.every(({ isChecked }) => isChecked !== undefined);
  (isChoice ? (controls[items.findIndex(({ isChecked }) => isChecked)] ?? controls[0]) : controls[0])?.focus();
}
