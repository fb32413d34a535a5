import { element, reconcile } from "./dom.ts";
import { icon } from "./icons.ts";
import type { ToolCall } from "./state.ts";
import { laidOut, wordsOfTool } from "./tool-words.ts";

export interface ToolCalls {
  readonly node: HTMLElement;
  readonly show: (calls: readonly ToolCall[]) => void;
}

interface Line {
  readonly node: HTMLElement;
  readonly show: (call: ToolCall) => void;
}

function fact(title: string, text: string): readonly Node[] {
  if (text === "" || text === "{}") return [];
  return [element("dt", {}, title), element("dd", {}, element("pre", { tabindex: 0 }, text))];
}

function lineOf(name: string): Line {
  const words = wordsOfTool(name);
  const label = element("span", { class: "call-label" });
  const facts = element("dl", { class: "call-facts" });
  const node = element(
    "details",
    { class: "call" },
    element(
      "summary",
      {},
      element("span", { class: "call-sign" }, icon(words.icon)),
      label,
      element("span", { class: "call-fold" }, icon("next")),
    ),
    facts,
  );
  let shown: ToolCall | null = null;
  return {
    node,
    show: (call) => {
      if (call === shown) return;
      shown = call;
      label.textContent = words[call.status];
      node.classList.toggle("is-running", call.status === "running");
      node.classList.toggle("is-failed", call.status === "failed");
      const output = call.status === "running" ? "" : laidOut(call.output);
      facts.replaceChildren(
        element("dt", {}, "Tool"),
        element("dd", {}, element("code", {}, name)),
        ...fact("Asked", laidOut(call.input)),
        ...fact(call.status === "failed" ? "Failed" : "Result", output),
      );
    },
  };
}

/** A quiet line for each tool that an answer calls, with what it was asked and what it gave folded away. */
export function createToolCalls(): ToolCalls {
  const node = element("div", { class: "calls" });
  const lines = new Map<string, Line>();
  return {
    node,
    show: (calls) => {
      const nodes = calls.map((call, index) => {
        const key = `${index} ${call.id} ${call.name}`;
        const line = lines.get(key) ?? lineOf(call.name);
        lines.set(key, line);
        line.show(call);
        return line.node;
      });
      reconcile(node, nodes);
    },
  };
}
