import { copyText } from "./copy.ts";
import { element } from "./dom.ts";
import { creditsText, fullTime, shortTime } from "./format.ts";
import { icon, mark } from "./icons.ts";
import { button, problemNotice } from "./notice.ts";
import { createProse } from "./prose.ts";
import type { Entry } from "./state.ts";

export interface EntryActions {
  readonly resend: (entry: Entry) => void;
  readonly edit: (entry: Entry) => void;
}

export interface View<Item> {
  readonly node: HTMLElement;
  readonly update: (item: Item) => void;
}

/** Questions longer than this are folded: pasted pages would bury the answer. */
const foldAbove = { characters: 1_400, lines: 16 };

function isLong(text: string): boolean {
  return text.length > foldAbove.characters || text.split("\n").length > foldAbove.lines;
}

/** What the person said. */
export function questionView(first: Entry, actions: EntryActions): View<Entry> {
  const text = element("p", { class: "question-text" });
  const below = element("div", { class: "question-below" });
  const node = element("article", { class: "entry question", "aria-label": "You" }, text, below);
  let shown: Entry | null = null;

  const unfold = () => {
    const isFolded = text.classList.toggle("is-folded");
    below.querySelector(".fold")?.replaceChildren(isFolded ? "Show all" : "Show less");
  };

  const update = (entry: Entry) => {
    if (entry === shown) return;
    const isNewText = shown?.text !== entry.text;
    shown = entry;
    node.classList.toggle("is-sending", entry.status === "sending");
    node.classList.toggle("is-unsent", entry.status === "unsent");
    text.title = fullTime(entry.createdAt);
    if (isNewText) {
      text.textContent = entry.text;
      text.classList.toggle("is-folded", isLong(entry.text));
    }
    below.replaceChildren();
    if (isLong(entry.text)) {
      below.append(
        button(text.classList.contains("is-folded") ? "Show all" : "Show less", "quiet-button fold", unfold),
      );
    }
    if (entry.status === "unsent" && entry.problem !== null) {
      const again = button("Send again", "small-button", () => actions.resend(entry), icon("again"));
      const edit = button("Edit", "quiet-button", () => actions.edit(entry), icon("pen"));
      below.append(problemNotice(entry.problem, again, edit));
    }
  };
  update(first);
  return { node, update };
}

function footOf(entry: Entry): readonly Node[] {
  const copy = button("Copy", "quiet-button", () => void copyText(copy, entry.text), icon("copy"));
  const facts = [
    entry.isStopped ? "Stopped" : null,
    entry.isCutShort ? "Ended at the length limit" : null,
    entry.costCredits === null ? null : creditsText(entry.costCredits),
    shortTime(entry.createdAt),
  ].filter((fact) => fact !== null);
  const label = element(
    "span",
    { class: "answer-facts", title: [fullTime(entry.createdAt), entry.model].filter(Boolean).join("\n") },
    facts.join(" · "),
  );
  return entry.text === "" ? [label] : [copy, label];
}

/** What Muse answered. */
export function answerView(first: Entry): View<Entry> {
  const prose = createProse();
  const thinking = element("p", { class: "thinking" }, mark(), element("span", {}, "Thinking"));
  const below = element("div", { class: "answer-below" });
  const node = element("article", { class: "entry answer", "aria-label": "Muse" }, thinking, prose.node, below);
  let shown: Entry | null = null;

  const update = (entry: Entry) => {
    if (entry === shown) return;
    shown = entry;
    const isWriting = entry.status === "writing";
    node.setAttribute("aria-busy", String(isWriting));
    thinking.hidden = !isWriting || entry.text !== "";
    prose.show(entry.text, isWriting);
    below.replaceChildren();
    if (entry.problem !== null && entry.status === "failed") below.append(problemNotice(entry.problem));
    if (!isWriting) below.append(element("div", { class: "answer-foot" }, ...footOf(entry)));
  };
  update(first);
  return { node, update };
}
