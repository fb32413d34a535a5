import type { AdminUserJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { creditsText, shortTime } from "../format.ts";
import { about, button } from "../notice.ts";
import { listUsers, type UserFilter } from "./admin-api.ts";
import { pagedList } from "./paged-list.ts";
import { nameOf, openUser } from "./user-dialog.ts";

/** Typing has paused when this long nothing came, in ms. */
const pauseMs = 300;

/** All accounts, to find and to change. */
export function usersSection(): HTMLElement {
  let filter: UserFilter = { q: null, tier: null, low_credits: null };
  const row = (user: AdminUserJson): HTMLElement => {
    const badges = [user.role === "admin" && "admin", !user.is_active && "deactivated", user.is_guest && "guest"];
    return element(
      "div",
      { class: "page-line" },
      element("span", {}, nameOf(user)),
      ...badges.map((badge) => badge !== false && element("span", { class: "badge" }, badge)),
      element(
        "span",
        { class: "page-fact" },
        [user.subscription_tier, creditsText(user.credits.balance), `since ${shortTime(user.created_at)}`].join(" · "),
      ),
      about(
        nameOf(user),
        button("Change", "small-button", () => openUser(user, () => void list.restart())),
      ),
    );
  };
  const list = pagedList((cursor) => listUsers(filter, cursor), row);
  const search = element("input", { type: "search", placeholder: "E-mail, name or id", "aria-label": "Find accounts" });
  let timer: number | undefined;
  const apply = (change: Partial<UserFilter>) => {
    filter = { ...filter, ...change };
    void list.restart();
  };
  search.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => apply({ q: search.value.trim() || null }), pauseMs);
  });
  const low = element("input", { type: "checkbox" });
  low.addEventListener("change", () => apply({ low_credits: low.checked ? "true" : null }));
  void list.restart();
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Accounts"),
    element("div", { class: "gallery-tools" }, search, element("label", { class: "check" }, low, "Low on credits")),
    list.node,
  );
}
