import { element } from "./dom.ts";
import { icon } from "./icons.ts";
import { type Problem, wordsFor } from "./problem.ts";

/** A line that says what went wrong, with what support would ask for folded away behind it. */
export function problemNotice(problem: Problem, ...actions: readonly HTMLElement[]): HTMLElement {
  const facts = [
    `Code: ${problem.code}`,
    problem.detail === wordsFor(problem) ? null : problem.detail,
    problem.requestId === null ? null : `Request: ${problem.requestId}`,
  ].filter((fact) => fact !== null);
  const isPoor = problem.code === "insufficient_credits";
  const ways = isPoor
    ? [element("a", { class: "small-button", href: "#/billing" }, icon("coin"), "Get more credits"), ...actions]
    : actions;
  return element(
    "div",
    { class: "notice" },
    icon("warning"),
    element(
      "div",
      { class: "notice-body" },
      element("p", {}, wordsFor(problem)),
      element(
        "details",
        {},
        element("summary", {}, "Details"),
        ...facts.map((fact) => element("p", { class: "notice-fact" }, fact)),
      ),
      ways.length > 0 && element("div", { class: "notice-actions" }, ...ways),
    ),
  );
}

/** Says of one of many like buttons what it is for; its visible label stays, and comes first. */
export function about(what: string, node: HTMLButtonElement): HTMLButtonElement {
  node.setAttribute("aria-label", `${node.textContent}: ${what}`);
  return node;
}

export function button(label: string, kind: string, act: () => void, ...before: readonly Node[]): HTMLButtonElement {
  return element("button", { type: "button", class: kind, onclick: act }, ...before, label);
}
