import { openFolder } from "./conversations.ts";
import { byId, element, narrowScreen } from "./dom.ts";
import { creditsText } from "./format.ts";
import { icon, mark } from "./icons.ts";
import { store } from "./state.ts";

/** The frame of the list: wordmark, new conversation, archive, account; on a phone a drawer. */
export function showSidebar(onNew: () => void): { readonly open: () => void } {
  const sidebar = byId("sidebar", HTMLElement);
  const main = byId("main", HTMLElement);
  const backdrop = byId("backdrop", HTMLElement);
  const opener = byId("open-sidebar", HTMLButtonElement);
  const closer = byId("close-sidebar", HTMLButtonElement);
  const fresh = byId("new-conversation", HTMLAnchorElement);
  let isOpen = false;

  const apply = () => {
    const isDrawer = narrowScreen.matches;
    sidebar.classList.toggle("is-open", isOpen);
    sidebar.inert = isDrawer && !isOpen;
    main.inert = isDrawer && isOpen;
    backdrop.hidden = !(isDrawer && isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  const setOpen = (next: boolean) => {
    if (isOpen === next) return;
    isOpen = next;
    apply();
    if (!narrowScreen.matches) return;
    if (isOpen) closer.focus();
    else opener.focus();
  };

  sidebar.querySelector(".wordmark")?.prepend(mark());
  fresh.prepend(icon("plus"));
  opener.append(icon("list"));
  closer.append(icon("close"));
  opener.addEventListener("click", () => setOpen(true));
  closer.addEventListener("click", () => setOpen(false));
  backdrop.addEventListener("click", () => setOpen(false));
  sidebar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen) return;
    event.preventDefault();
    setOpen(false);
  });
  sidebar.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null) return;
    setOpen(false);
    if (link.getAttribute("href") === "#/") onNew();
  });
  narrowScreen.addEventListener("change", () => {
    isOpen = false;
    apply();
  });
  apply();

  const archive = element("button", { type: "button", class: "quiet-button" }, icon("archive"), "Archive");
  archive.addEventListener("click", () => {
    void openFolder(store.get().list.folder === "archived" ? "active" : "archived");
  });
  const account = element("p", { class: "account" });
  byId("sidebar-foot", HTMLElement).append(account, archive);
  store.watch(
    (state) => state.user,
    (user) => {
      account.textContent =
        user === null ? "" : user.is_guest ? "Guest" : (user.profile.display_name ?? user.username ?? user.email ?? "");
    },
  );
  store.watch(
    (state) => state.list.folder,
    (folder) => archive.setAttribute("aria-pressed", String(folder === "archived")),
  );
  return { open: () => setOpen(true) };
}

/** Shows the credits that are left, wherever the page has room for them. */
export function showCredits(): void {
  const place = byId("credits", HTMLElement);
  store.watch(
    (state) => state.credits,
    (credits) => {
      place.hidden = credits === null;
      if (credits === null) return;
      place.textContent = creditsText(credits);
      place.classList.toggle("is-low", credits <= 3);
    },
  );
}
