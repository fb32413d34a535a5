import type { ConversationJson } from "./api-types.ts";
import { openConversationMenu } from "./conversation-menu.ts";
import { loadConversations, loadMoreConversations, openFolder, renameConversation } from "./conversations.ts";
import { byId, element, reconcile } from "./dom.ts";
import { periodOf } from "./format.ts";
import { icon } from "./icons.ts";
import { button } from "./notice.ts";
import { renameField } from "./rename-field.ts";
import { store, type Thread } from "./state.ts";

interface Row {
  readonly node: HTMLLIElement;
  readonly update: (conversation: ConversationJson, isCurrent: boolean, isBusy: boolean) => void;
}

function rowOf(first: ConversationJson): Row {
  let conversation = first;
  const title = element("span", { class: "row-title", dir: "auto" });
  const link = element("a", { class: "row-link", href: `#/c/${encodeURIComponent(first.id)}` }, title);
  const more = element(
    "button",
    { type: "button", class: "icon-button row-menu", "aria-haspopup": "menu" },
    icon("more"),
  );
  const node = element("li", { class: "row" }, link, more);

  const rename = () => {
    const input = renameField(conversation.title, (text, isByKey) => {
      node.replaceChildren(link, more);
      if (isByKey) link.focus();
      if (text !== null) void renameConversation(conversation, text);
    });
    node.replaceChildren(input);
    input.focus();
    input.select();
  };

  more.addEventListener("click", () => openConversationMenu(more, conversation, rename));
  return {
    node,
    update: (now, isCurrent, isBusy) => {
      conversation = now;
      title.textContent = now.title;
      link.title = now.title;
      more.setAttribute("aria-label", `Menu of “${now.title}”`);
      node.classList.toggle("is-busy", isBusy);
      if (isCurrent) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    },
  };
}

function isBusy(thread: Thread | undefined): boolean {
  return thread !== undefined && thread.turn !== null;
}

function bones(): HTMLElement {
  const lines = Array.from({ length: 6 }, () => element("span", { class: "bone" }));
  return element(
    "div",
    { class: "list-bones", role: "status" },
    element("span", { class: "visually-hidden" }, "Loading conversations"),
    ...lines,
  );
}

/** Shows the conversations, newest first, in groups by age. */
export function showConversationList(): void {
  const root = byId("conversation-list", HTMLElement);
  const rows = new Map<string, Row>();
  const groups = new Map<string, { readonly node: HTMLElement; readonly list: HTMLUListElement }>();
  const loading = bones();
  const sentinel = element("div", { class: "list-end", "aria-hidden": "true" });
  const failure = element(
    "div",
    { class: "list-note" },
    element("p", {}, "The conversations could not be loaded."),
    button("Try again", "small-button", () => void loadConversations(), icon("again")),
  );
  const empty = element("p", { class: "list-note" });
  const backFromArchive = button(
    "Back to conversations",
    "quiet-button list-back",
    () => void openFolder("active"),
    icon("previous"),
  );

  const groupOf = (period: string) => {
    const known = groups.get(period);
    if (known !== undefined) return known;
    const list = element("ul", { class: "rows" });
    const node = element("section", { class: "list-group" }, element("h2", {}, period), list);
    groups.set(period, { node, list });
    return { node, list };
  };

  const rowFor = (conversation: ConversationJson): Row => {
    const row = rows.get(conversation.id) ?? rowOf(conversation);
    rows.set(conversation.id, row);
    const { current, threads } = store.get();
    row.update(conversation, conversation.id === current, isBusy(threads[conversation.id]));
    return row;
  };

  const groupNodes = (): readonly Node[] => {
    const periods = new Map<string, Node[]>();
    for (const conversation of store.get().list.items) {
      const period = periodOf(conversation.last_message_at);
      periods.set(period, [...(periods.get(period) ?? []), rowFor(conversation).node]);
    }
    return [...periods].map(([period, members]) => {
      const group = groupOf(period);
      reconcile(group.list, members);
      return group.node;
    });
  };

  const show = () => {
    const { list } = store.get();
    const hadFocus = root.contains(document.activeElement);
    const isEmpty = list.status === "ready" && list.items.length === 0;
    empty.textContent = list.folder === "archived" ? "The archive is empty." : "What you make is kept here.";
    reconcile(root, [
      ...(list.folder === "archived" ? [backFromArchive] : []),
      ...groupNodes(),
      ...(list.status === "loading" ? [loading] : []),
      ...(list.status === "failed" ? [failure] : []),
      ...(isEmpty ? [empty] : []),
      ...(list.cursor === null ? [] : [sentinel]),
    ]);
    // The row that had the focus may be gone; from here the keyboard goes on in the list.
    if (hadFocus && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
  };

  store.watch((state) => state.list, show);
  store.watch((state) => state.current, show);
  store.watch(
    (state) => state.threads,
    (threads) => {
      // Only the rows' small sign of life depends on the threads, which change with every word.
      for (const [id, row] of rows) row.node.classList.toggle("is-busy", isBusy(threads[id]));
    },
  );
  new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void loadMoreConversations();
    },
    { root, rootMargin: "200px" },
  ).observe(sentinel);
}
