import createDomPurify from "dompurify";
import { Marked, type Token } from "marked";
import { element } from "./dom.ts";
import { icon } from "./icons.ts";

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * HTML in an answer is shown as text, and a picture as a link: an answer that loads pictures from anywhere could
 * carry what was said to anyone.
 */
const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // In a table there is no other way to break a line.
    html: ({ text }) => (/^<br\s*\/?>$/i.test(text.trim()) ? "<br>" : escapeHtml(text)),
    image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
  },
});

const purify = createDomPurify(window);

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer nofollow");
});

const tags =
  "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr input li ol p pre strong table tbody td th thead tr ul sub sup";

function sanitised(html: string): DocumentFragment {
  return purify.sanitize(html, {
    ALLOWED_TAGS: tags.split(" "),
    ALLOWED_ATTR: ["href", "title", "align", "start", "type", "checked", "disabled", "class"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
    // Without this the pattern for addresses is applied to these too, and takes them away.
    ADD_URI_SAFE_ATTR: ["align", "start", "type", "checked", "disabled"],
    RETURN_DOM_FRAGMENT: true,
  });
}

/** Puts a frame with the language and a copy button around a block of code. */
function frameCode(block: HTMLPreElement): void {
  const code = block.querySelector("code");
  const language = /language-([\w+#-]+)/.exec(code?.className ?? "")?.[1] ?? "";
  const copy = element(
    "button",
    { type: "button", class: "quiet-button", "data-copy-code": true },
    icon("copy"),
    "Copy",
  );
  const frame = element("figure", { class: "code" });
  block.replaceWith(frame);
  block.tabIndex = 0;
  frame.append(element("figcaption", {}, element("span", {}, language), copy), block);
}

/** A block of code with its frame, of text that is not Markdown. */
export function codeBlock(code: string, language: string): HTMLElement {
  const block = element("pre", {}, element("code", { class: `language-${language}` }, code));
  const place = element("div", { class: "prose" }, block);
  frameCode(block);
  return place;
}

function frameTable(table: HTMLTableElement): void {
  const frame = element("div", { class: "table-frame", tabindex: 0, role: "group", "aria-label": "Table" });
  table.replaceWith(frame);
  frame.append(table);
}

/**
 * Each is read in the direction of its own words: Arabic and Hebrew from the right, whatever stands around them.
 * Paragraphs of a list or a quotation are not named, for those find their direction only in words that have none.
 */
const directed = "p:not(li p, blockquote p), ul, ol, blockquote, .table-frame, h1, h2, h3, h4, h5, h6";

function render(token: Token): readonly Node[] {
  const fragment = sanitised(markdown.parser([token]));
  for (const block of fragment.querySelectorAll("pre")) frameCode(block);
  for (const table of fragment.querySelectorAll("table")) frameTable(table);
  for (const box of fragment.querySelectorAll("input")) box.setAttribute("aria-label", "Task");
  for (const block of fragment.querySelectorAll(directed)) block.setAttribute("dir", "auto");
  return [...fragment.childNodes];
}

interface Block {
  readonly raw: string;
  readonly nodes: readonly Node[];
}

const rendered = new WeakMap<Element, readonly Block[]>();

/**
 * Shows Markdown in an element. What did not change since the last call stays the same element, so that an answer
 * can grow many times a second without losing a selection or costing more with every word.
 */
export function showMarkdown(container: Element, text: string): void {
  const before = rendered.get(container) ?? [];
  const tokens = markdown.lexer(text).filter((token) => token.type !== "space" && token.type !== "def");
  const firstOther = tokens.findIndex((token, index) => before[index]?.raw !== token.raw);
  const kept = before.slice(0, firstOther === -1 ? tokens.length : firstOther);
  for (const { nodes } of before.slice(kept.length)) for (const node of nodes) node.parentNode?.removeChild(node);
  const added = tokens.slice(kept.length).map((token): Block => ({ raw: token.raw, nodes: render(token) }));
  container.append(...added.flatMap((block) => block.nodes));
  rendered.set(container, [...kept, ...added]);
}
