import type { SessionJson } from "../api-types.ts";
import { element } from "../dom.ts";
import { shortTime } from "../format.ts";
import { about, button } from "../notice.ts";
import * as api from "./account-api.ts";
import { liveList } from "./live-list.ts";

/** Where the account is signed in. */
export function sessionsSection(): HTMLElement {
  const row = (session: SessionJson): HTMLElement =>
    element(
      "div",
      { class: "page-line" },
      element("span", {}, session.device),
      element(
        "span",
        { class: "page-fact" },
        [session.ip_address, `used ${shortTime(session.last_used_at)}`].filter(Boolean).join(" · "),
      ),
      session.is_current
        ? element("span", { class: "badge" }, "This one")
        : about(
            session.device,
            button("Sign out there", "small-button", () => void list.change(() => api.endSession(session.id))),
          ),
    );
  const list = liveList({
    read: async () => (await api.listSessions()).data,
    row,
    empty: "Nowhere else.",
  });
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Signed in at"),
    list.node,
    button("Sign out everywhere else", "small-button", () => void list.change(api.endOtherSessions)),
  );
}
