import { element } from "../dom.ts";
import type { PageModule } from "../pages/page.ts";
import { store } from "../state.ts";
import * as api from "./account-api.ts";

/** Where the link of a verification mail leads. A token that does not work is told by the page's frame. */
export const page: PageModule = {
  show: async (host, { query }) => {
    host.append(element("p", {}, "One moment…"));
    const { user } = await api.confirmEmail(query.token ?? "");
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
