import { copyText } from "./copy.ts";
import { element, reconcile } from "./dom.ts";
import { feedbackTools } from "./feedback-tools.ts";
import { creditsText, fullTime, shortTime } from "./format.ts";
import { icon, mark } from "./icons.ts";
import { tool, versionArrows } from "./message-tools.ts";
import { button, problemNotice } from "./notice.ts";
import { createParts } from "./parts.ts";
import { createProse } from "./prose.ts";
import type { Entry } from "./state.ts";
import { createToolCalls } from "./tool-calls.ts";
import type { EntryActions, View } from "./view.ts";

function factsOf(entry: Entry): string {
  const facts = [
    entry.isStopped ? "Stopped" : null,
    entry.isCutShort ? "Ended at the length limit" : null,
    entry.costCredits === null ? null : creditsText(entry.costCredits),
    shortTime(entry.createdAt),
  ];
  return facts.filter((fact) => fact !== null).join(" · ");
}

/** What Muse answered. */
export function answerView(first: Entry, actions: EntryActions): View<Entry> {
  let shown: Entry | null = null;
  const current = () => shown ?? first;
  const prose = createProse();
  const parts = createParts(actions.say);
  const calls = createToolCalls();
  const thinking = element("p", { class: "thinking" }, mark(), element("span", {}, "Thinking"));
  const below = element("div", { class: "answer-below" });
  const arrows = versionArrows((by) => actions.showVersion(current(), by));
  const copy = tool("Copy", "copy", () => void copyText(copy, current().text, null));
  const again = tool("Answer again", "again", () => actions.regenerate(current()), "when-idle");
  const feedback = feedbackTools((rating, comment) => actions.rate(current(), rating, comment));
  const facts = element("span", { class: "answer-facts" });
  const foot = element(
    "div",
    { class: "message-tools answer-foot" },
    arrows.node,
    copy,
    again,
    ...feedback.buttons,
    facts,
  );
  const node = element("article", { class: "entry answer", "aria-label": "Muse" });

  const showFoot = (entry: Entry) => {
    arrows.show(entry.version, entry.versionCount);
    copy.hidden = entry.text === "";
    again.hidden = entry.messageId === null;
    feedback.show(entry);
    facts.textContent = factsOf(entry);
    facts.title = [fullTime(entry.createdAt), entry.model].filter(Boolean).join("\n");
  };

  const update = (entry: Entry) => {
    if (entry === shown) return;
    // Another version of the answer is another text, not more of the same.
    const isOther = shown !== null && shown.messageId !== null && shown.messageId !== entry.messageId;
    shown = entry;
    const isWriting = entry.status === "writing";
    node.setAttribute("aria-busy", String(isWriting));
    const isWaiting = isWriting && entry.text === "" && !entry.calls.some(({ status }) => status === "running");
    calls.show(entry.calls);
    if (entry.parts === null) prose.show(entry.text, isWriting, isOther);
    else parts.show(entry.parts, entry.pictures);
    const failure = entry.status === "failed" ? entry.problem : null;
    const retry = button("Try again", "small-button when-idle", () => actions.regenerate(current()), icon("again"));
    below.replaceChildren(...(failure === null ? [] : [problemNotice(failure, ...(entry.messageId ? [retry] : []))]));
    if (!isWriting) showFoot(entry);
    reconcile(node, [
      ...(entry.calls.length > 0 ? [calls.node] : []),
      ...(isWaiting ? [thinking] : []),
      entry.parts === null ? prose.node : parts.node,
      below,
      ...(isWriting ? [] : [foot, feedback.form]),
    ]);
  };
  update(first);
  return { node, update };
}
