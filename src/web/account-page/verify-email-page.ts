import { element } from "../dom.ts";
import type { PageModule } from "../pages/page.ts";
import { store } from "../state.ts";
import * as api from "./account-api.ts";
import { deadLink, isDeadLink } from "./dead-link.ts";

/** Where the link of a verification mail leads. What else goes wrong is told by the page's frame. */
export const page: PageModule = {
  show: async (host, { query }) => {
    host.append(element("p", {}, "One moment…"));
    const confirmed = await api.confirmEmail(query.token ?? "").catch((error: unknown) => {
      if (isDeadLink(error)) return null;
      throw error;
    });
    if (confirmed === null) {
      host.replaceChildren(deadLink("Another mail can be sent from your account."));
      return;
    }
    const { user } = confirmed;
    if (store.get().user?.id === user.id) store.set({ user });
    host.replaceChildren(
      element(
        "section",
        { class: "page-section" },
        element("h2", {}, "Thank you"),
        element("p", {}, `${user.email ?? "Your address"} is verified.`),
        element("p", {}, element("a", { class: "small-button", href: "#/" }, "Go on")),
      ),
    );
  },
};
