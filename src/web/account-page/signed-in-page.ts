import { element } from "../dom.ts";
import type { PageModule } from "../pages/page.ts";
import { problemOfCode, wordsFor } from "../problem.ts";
import { adoptSession } from "../session.ts";
import * as api from "./account-api.ts";

/** Where a sign-in with a provider comes back to: with a code for tokens, or with what went wrong. */
export const page: PageModule = {
  show: async (host, { query }) => {
    if (query.code !== undefined) {
      host.append(element("p", {}, "Signing in…"));
      await adoptSession(await api.exchangeCode(query.code));
      return;
    }
    host.append(
      element(
        "section",
        { class: "page-section" },
        element("h2", {}, "That did not work"),
        element("p", {}, wordsFor(problemOfCode(query.error, "The sign-in was not finished."))),
        element("p", {}, element("a", { class: "small-button", href: "#/account" }, "Try again")),
      ),
    );
  },
};
