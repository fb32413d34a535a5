import { element } from "../dom.ts";
import { field, form } from "../pages/form.ts";
import type { PageModule } from "../pages/page.ts";
import * as api from "./account-api.ts";
import { deadLink, isDeadLink } from "./dead-link.ts";

/** Where the link of a reset mail leads. */
export const page: PageModule = {
  show: (host, { query }) => {
    const password = field({
      label: "New password",
      type: "password",
      isRequired: true,
      minLength: 10,
      autocomplete: "new-password",
      hint: "At least 10 characters.",
    });
    const done = element(
      "section",
      { class: "page-section" },
      element("h2", {}, "The password is changed"),
      element("p", {}, "All devices are signed out."),
      element("p", {}, element("a", { class: "small-button", href: "#/account" }, "Sign in")),
    );
    host.append(
      element(
        "section",
        { class: "page-section" },
        element("h2", {}, "Choose a new password"),
        form({
          fields: { password },
          action: "Change password",
          submit: async () => {
            try {
              await api.resetPassword({ token: query.token ?? "", password: password.raw() });
              host.replaceChildren(done);
            } catch (error) {
              if (!isDeadLink(error)) throw error;
              host.replaceChildren(deadLink("Ask for another where you sign in, by “Forgotten password?”."));
            }
          },
        }),
      ),
    );
  },
};
