import { element } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Mode } from "./welcome.ts";

export interface ModeSwitch {
  readonly node: HTMLElement;
  readonly choose: (mode: Mode) => void;
}

/** Chat or picture. */
export function createModeSwitch(onChange: (mode: Mode) => void): ModeSwitch {
  const input = (mode: Mode) =>
    element("input", {
      type: "radio",
      name: "mode",
      value: mode,
      checked: mode === "chat",
      onchange: () => onChange(mode),
    });
  const inputs: Readonly<Record<Mode, HTMLInputElement>> = { chat: input("chat"), picture: input("picture") };
  return {
    node: element(
      "fieldset",
      { class: "choice modes" },
      element("legend", { class: "visually-hidden" }, "What to make"),
      element("label", {}, inputs.chat, icon("chat"), element("span", {}, "Chat")),
      element("label", {}, inputs.picture, icon("picture"), element("span", {}, "Image")),
    ),
    choose: (mode) => {
      inputs[mode].checked = true;
      onChange(mode);
    },
  };
}
