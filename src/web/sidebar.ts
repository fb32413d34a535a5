import { byId, element, narrowScreen } from "./dom.ts";
import { creditsText } from "./format.ts";
import { icon, mark } from "./icons.ts";
import { pages } from "./pages/pages.ts";
import { commandKey } from "./shortcuts.ts";
import { store } from "./state.ts";

export interface SidebarOptions {
  readonly onNew: () => void;
  readonly onSearch: () => void;
  readonly openSettings: (anchor: HTMLElement) => void;
}

/** The frame of the list: wordmark, new conversation, search, account; on a phone a drawer. */
export function showSidebar({ onNew, onSearch, openSettings }: SidebarOptions): void {
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

  const search = element(
    "button",
    { type: "button", class: "search-opener" },
    icon("search"),
    element("span", {}, "Search"),
    element("kbd", { "aria-hidden": "true" }, `${commandKey} K`),
  );
  search.addEventListener("click", () => {
    setOpen(false);
    onSearch();
  });
  fresh.after(search);
  const links = element("div", { class: "page-links" });
  search.after(links);
  showPageLinks(links);
  const account = element("a", { class: "account", href: "#/account", title: "Account" });
  const settings = element(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Settings", title: "Settings", "aria-haspopup": "menu" },
    icon("sliders"),
  );
  settings.addEventListener("click", () => openSettings(settings));
  byId("sidebar-foot", HTMLElement).append(account, settings);
  store.watch(
    (state) => state.user,
    (user) => {
      account.textContent =
        user === null ? "" : user.is_guest ? "Guest" : (user.profile.display_name ?? user.username ?? user.email ?? "");
    },
  );
  store.watch(
    (state) => state.missing.includes("search"),
    (isMissing) => {
      search.hidden = isMissing;
    },
  );
}

/** The ways to the pages that have their place here. */
function showPageLinks(place: HTMLElement): void {
  const entries = Object.entries(pages).filter(([, entry]) => entry.place === "sidebar");
  const links = entries.map(([name, entry]) => ({
    name,
    entry,
    node: element("a", { href: `#/${name}` }, icon(entry.icon), entry.label),
  }));
  place.append(...links.map(({ node }) => node));
  store.watch(
    (state) => state,
    (state) => {
      for (const { name, entry, node } of links) {
        node.hidden = !entry.isFor(state);
        if (state.page?.name === name) node.setAttribute("aria-current", "page");
        else node.removeAttribute("aria-current");
      }
      place.hidden = links.every(({ node }) => node.hidden);
    },
  );
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
