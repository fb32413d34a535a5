import { element } from "./dom.ts";
import { type IconName, icon } from "./icons.ts";

/** A small button that shows only an icon. */
export function tool(label: string, name: IconName, act: () => void, kind = ""): HTMLButtonElement {
  return element(
    "button",
    { type: "button", class: `tool ${kind}`.trim(), "aria-label": label, title: label, onclick: act },
    icon(name),
  );
}

export interface VersionArrows {
  readonly node: HTMLElement;
  readonly show: (version: number, count: number) => void;
}

/** "‹ 2 / 3 ›": which of several versions of a message is on screen, and the way to the others. */
export function versionArrows(step: (by: 1 | -1) => void): VersionArrows {
  const older = tool("Earlier version", "previous", () => step(-1));
  const newer = tool("Later version", "next", () => step(1));
  const place = element("span", { class: "version-place" });
  const node = element(
    "div",
    { class: "versions when-idle", role: "group", "aria-label": "Versions" },
    older,
    place,
    newer,
  );
  return {
    node,
    show: (version, count) => {
      node.hidden = count < 2;
      place.textContent = `${version} / ${count}`;
      place.setAttribute("aria-label", `Version ${version} of ${count}`);
      // A button that is disabled loses the focus; these keep it for the way back.
      older.setAttribute("aria-disabled", String(version <= 1));
      newer.setAttribute("aria-disabled", String(version >= count));
    },
  };
}
