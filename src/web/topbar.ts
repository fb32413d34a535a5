import { openConversationMenu } from "./conversation-menu.ts";
import { renameConversation } from "./conversations.ts";
import { byId } from "./dom.ts";
import { icon } from "./icons.ts";
import { pages } from "./pages/pages.ts";
import { renameField } from "./rename-field.ts";
import { store } from "./state.ts";

/** The line above the messages: title, menu, the news that there is no connection. */
export function showTopbar(): void {
  const title = byId("conversation-title", HTMLElement);
  const menu = byId("conversation-menu", HTMLButtonElement);
  const offline = byId("offline", HTMLElement);
  const conversation = () => {
    const { conversations, current } = store.get();
    return conversations[current] ?? null;
  };

  const showTitle = () => {
    const { page } = store.get();
    const name = page === null ? undefined : pages[page.name]?.label;
    title.textContent = name ?? conversation()?.title ?? "New conversation";
    document.title = name === undefined && conversation() === null ? "Muse" : `${title.textContent} · Muse`;
  };
  const rename = (): void => {
    const open = conversation();
    if (open === null) return;
    const input = renameField(open.title, (text, isByKey) => {
      showTitle();
      if (isByKey) menu.focus();
      if (text !== null) void renameConversation(open, text);
    });
    title.replaceChildren(input);
    input.focus();
    input.select();
  };

  menu.append(icon("more"));
  menu.addEventListener("click", () => {
    const open = conversation();
    if (open !== null) openConversationMenu(menu, open, rename);
  });
  store.watch(
    (state) => state.conversations[state.current] ?? null,
    (open) => {
      showTitle();
      title.classList.toggle("is-draft", open === null && store.get().page === null);
      menu.hidden = open === null || open.status === "deleted";
    },
  );
  store.watch(
    (state) => state.page,
    (page) => {
      showTitle();
      title.classList.toggle("is-draft", page === null && conversation() === null);
    },
  );
  store.watch(
    (state) => state.isOnline,
    (isOnline) => {
      offline.hidden = isOnline;
      offline.textContent = isOnline ? "" : "You are offline. Muse goes on where it was as soon as you are back.";
    },
  );
}
