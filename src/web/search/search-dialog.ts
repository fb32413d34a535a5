import * as api from "../api.ts";
import type { SearchScope } from "../api-types.ts";
import { openDialog } from "../dialog.ts";
import { element } from "../dom.ts";
import { icon } from "../icons.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { openPlace, openThread } from "../router.ts";
import { store } from "../state.ts";
import { type Choice, type Command, choicesOf, commandChoices, recentChoices } from "./results.ts";

const scopes: readonly { readonly value: SearchScope; readonly label: string }[] = [
  { value: "messages", label: "Messages" },
  { value: "conversations", label: "Titles" },
  { value: "images", label: "Pictures" },
];

const typingPauseMs = 160;
const recentCount = 6;
/** Steps that Page Up and Page Down go. */
const pageSteps = 5;

function scopeSwitch(onChange: (scope: SearchScope) => void): HTMLElement {
  const options = scopes.map(({ value, label }, index) =>
    element(
      "label",
      {},
      element("input", {
        type: "radio",
        name: "search-scope",
        value,
        checked: index === 0,
        onchange: () => onChange(value),
      }),
      element("span", {}, label),
    ),
  );
  return element(
    "fieldset",
    { class: "choice search-scopes" },
    element("legend", { class: "visually-hidden" }, "Where to search"),
    ...options,
  );
}

interface Group {
  readonly title: string;
  readonly choices: readonly Choice[];
}

let isOpen = false;

/** Opens the search: everything that was ever said, found while one types, and the page's commands. */
export function openSearch(commands: readonly Command[]): void {
  if (isOpen) return;
  isOpen = true;
  let scope: SearchScope = "messages";
  let choices: readonly Choice[] = [];
  let chosen = -1;
  let control = new AbortController();
  let timer = 0;
  /** What is on screen does not belong to what is typed yet; who presses Enter then means the results to come. */
  let isPending = false;
  let isWanted = false;

  const input = element("input", {
    type: "text",
    class: "search-input",
    role: "combobox",
    "aria-label": "Search",
    "aria-expanded": "true",
    "aria-controls": "search-results",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    maxlength: 200,
    placeholder: "Search messages, titles and pictures",
  });
  const list = element("ul", { id: "search-results", class: "results", role: "listbox", "aria-label": "Results" });
  const status = element("p", { class: "search-status", role: "status" });
  const close = element("button", { type: "button", class: "quiet-button search-close" }, "Close");
  const keys = element(
    "p",
    { class: "search-keys", "aria-hidden": "true" },
    element("kbd", {}, "↑"),
    element("kbd", {}, "↓"),
    " to choose ",
    element("kbd", {}, "Enter"),
    " to open ",
    element("kbd", {}, "Esc"),
    " to close",
  );

  const choose = (index: number, isScrolled = true) => {
    choices[chosen]?.node.setAttribute("aria-selected", "false");
    chosen = choices.length === 0 ? -1 : Math.max(0, Math.min(choices.length - 1, index));
    const node = choices[chosen]?.node;
    node?.setAttribute("aria-selected", "true");
    if (isScrolled) node?.scrollIntoView({ block: "nearest" });
    if (node === undefined) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", node.id);
  };

  const show = (groups: readonly Group[], words: string) => {
    const full = groups.filter((group) => group.choices.length > 0);
    choices = full.flatMap((group) => group.choices);
    list.replaceChildren(
      ...full.flatMap((group) => [
        ...(group.title === "" ? [] : [element("li", { class: "result-group", role: "presentation" }, group.title)]),
        ...group.choices.map(({ node }) => node),
      ]),
      ...(full.length === 0 ? [element("li", { class: "result-none", role: "presentation" }, words)] : []),
    );
    status.textContent = words;
    list.scrollTop = 0;
    choose(0);
    isPending = false;
    if (isWanted) run(choices[0]);
    isWanted = false;
  };

  const go = { conversation: openThread, place: openPlace };

  const showStart = () => {
    const recent = store.get().list.items.slice(0, recentCount);
    show(
      [
        { title: "Recent", choices: recentChoices(recent, go) },
        { title: "Do", choices: commandChoices(commands, "") },
      ],
      "",
    );
  };

  const ask = async (typed: string) => {
    control.abort();
    control = new AbortController();
    const { signal } = control;
    try {
      const page = await api.search(typed, scope, signal);
      if (signal.aborted) return;
      const found = choicesOf(page.data, scope, go);
      const doing = commandChoices(commands, typed);
      const count = page.next_cursor === null ? String(found.length) : `${found.length} best`;
      const words = found.length === 0 ? `Nothing found for “${typed}”.` : `${count} found`;
      show(
        [
          { title: "", choices: found },
          { title: "Do", choices: doing },
        ],
        words,
      );
    } catch (error) {
      if (!signal.aborted)
        show([{ title: "Do", choices: commandChoices(commands, typed) }], wordsFor(problemFrom(error)));
    }
  };

  const search = (pauseMs: number) => {
    window.clearTimeout(timer);
    const typed = input.value.trim();
    if (typed === "") {
      control.abort();
      showStart();
      return;
    }
    isPending = true;
    isWanted = false;
    timer = window.setTimeout(() => void ask(typed), pauseMs);
  };

  const run = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    dialog.close();
    choice.run();
  };

  const steps: Readonly<Record<string, () => number>> = {
    ArrowDown: () => (chosen + 1) % Math.max(1, choices.length),
    ArrowUp: () => (chosen <= 0 ? choices.length - 1 : chosen - 1),
    PageDown: () => chosen + pageSteps,
    PageUp: () => chosen - pageSteps,
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      choose(step());
    }
    if (event.key === "Enter") {
      event.preventDefault();
      if (isPending) isWanted = true;
      else run(choices[chosen]);
    }
  });
  input.addEventListener("input", () => search(typingPauseMs));
  const choiceAt = (event: Event) => {
    const node = event.target instanceof Element ? event.target.closest(".result") : null;
    return choices.findIndex((choice) => choice.node === node);
  };
  list.addEventListener("click", (event) => run(choices[choiceAt(event)]));
  list.addEventListener("pointermove", (event) => {
    const at = choiceAt(event);
    if (at !== -1 && at !== chosen) choose(at, false);
  });

  const dialog = openDialog({
    title: "Search",
    hasHead: false,
    kind: "search-dialog",
    content: [
      element("div", { class: "search-head" }, icon("search"), input, close),
      scopeSwitch((next) => {
        scope = next;
        search(0);
        input.focus();
      }),
      list,
      element("footer", { class: "search-foot" }, status, keys),
    ],
    onClose: () => {
      isOpen = false;
      control.abort();
      window.clearTimeout(timer);
    },
  });
  close.addEventListener("click", dialog.close);
  showStart();
  input.focus();
}
