import { element } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly isDangerous?: boolean;
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

/** Opens a menu beside the button that asked for it. Arrow keys move, Escape closes, the focus goes back. */
export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const menu = element("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  for (const item of items) {
    const act = () => {
      menu.hidePopover();
      item.run();
    };
    const kind = item.isDangerous === true ? "menu-item is-dangerous" : "menu-item";
    menu.append(
      element(
        "button",
        { type: "button", role: "menuitem", tabindex: -1, class: kind, onclick: act },
        icon(item.icon),
        item.label,
      ),
    );
  }
  const controls = [...menu.querySelectorAll("button")];
  menu.addEventListener("keydown", (event) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (event.key === "Tab") menu.hidePopover();
    if (step === undefined) return;
    event.preventDefault();
    const at = controls.findIndex((control) => control.matches(":focus"));
    controls[(at + step + controls.length) % controls.length]?.focus();
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
  controls[0]?.focus();
}
