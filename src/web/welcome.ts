import { element } from "./dom.ts";
import { type IconName, icon, mark } from "./icons.ts";

export type Mode = "chat" | "picture";

interface Suggestion {
  readonly mode: Mode;
  readonly label: string;
  readonly prompt: string;
}

const suggestions: readonly Suggestion[] = [
  {
    mode: "chat",
    label: "Explain something well",
    prompt: "Explain how a rainbow forms, first in one sentence, then in one paragraph.",
  },
  {
    mode: "chat",
    label: "Plan a quiet weekend",
    prompt: "Plan a quiet weekend by the sea for two, with one surprise each day.",
  },
  { mode: "chat", label: "Find the right words", prompt: "Help me write a short, warm thank-you note to a colleague." },
  {
    mode: "picture",
    label: "A lighthouse at dusk",
    prompt: "A lighthouse at dusk, gouache on rough paper, deep blues and one warm light",
  },
  {
    mode: "picture",
    label: "A fox in a library",
    prompt: "A fox reading in an old library, warm lamplight, fine ink drawing with gold",
  },
  {
    mode: "picture",
    label: "An impossible garden",
    prompt: "An impossible garden floating above the clouds, morning light, wide view",
  },
];

const icons: Readonly<Record<Mode, IconName>> = { chat: "chat", picture: "picture" };

function group(mode: Mode, title: string, choose: (mode: Mode, prompt: string) => void): HTMLElement {
  const chips = suggestions
    .filter((suggestion) => suggestion.mode === mode)
    .map((suggestion) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "chip", onclick: () => choose(mode, suggestion.prompt) },
          suggestion.label,
        ),
      ),
    );
  return element(
    "div",
    { class: "welcome-group" },
    element("h3", {}, icon(icons[mode]), title),
    element("ul", { class: "chips" }, ...chips),
  );
}

/** What an empty conversation shows. */
export function welcome(choose: (mode: Mode, prompt: string) => void): HTMLElement {
  return element(
    "div",
    { class: "welcome" },
    element("div", { class: "welcome-mark" }, mark()),
    element("h2", {}, "What shall we make?"),
    element(
      "p",
      { class: "welcome-lead" },
      "Ask a question, think something through, or describe a picture and watch it appear.",
    ),
    element(
      "div",
      { class: "welcome-groups" },
      group("chat", "Talk about", choose),
      group("picture", "Picture", choose),
    ),
  );
}
