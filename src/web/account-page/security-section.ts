import { getUser } from "../api.ts";
import { element } from "../dom.ts";
import { button } from "../notice.ts";
import { field, form } from "../pages/form.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { store } from "../state.ts";
import { showToast } from "../toast.ts";
import * as api from "./account-api.ts";
import { providerNames } from "./provider-names.ts";

const currentPassword = () =>
  field({ label: "Password now", type: "password", isRequired: true, autocomplete: "current-password" });

function emailLine(): HTMLElement {
  const { user } = store.get();
  const sent = () =>
    api.requestVerification().then(
      () => showToast({ text: `A mail is on its way to ${user?.email ?? "you"}.` }),
      (error: unknown) => showToast({ text: wordsFor(problemFrom(error)) }),
    );
  return element(
    "p",
    { class: "page-line" },
    element("span", {}, user?.email ?? "No e-mail address"),
    element("span", { class: "badge" }, user?.is_verified === true ? "Verified" : "Not verified"),
    user?.is_verified === false &&
      user.email !== null &&
      button("Send the mail again", "small-button", () => void sent()),
  );
}

function emailForm(): HTMLElement {
  const email = field({ label: "New e-mail", type: "email", isRequired: true, autocomplete: "email" });
  const password = currentPassword();
  return form({
    fields: { email, current_password: password },
    action: "Change e-mail",
    submit: async () => {
      const { detail } = await api.changeEmail({ email: email.value(), current_password: password.raw() });
      showToast({ text: detail });
    },
  });
}

function passwordForm(): HTMLElement {
  const now = currentPassword();
  const next = field({
    label: "New password",
    type: "password",
    isRequired: true,
    minLength: 10,
    autocomplete: "new-password",
  });
  return form({
    fields: { current_password: now, new_password: next },
    action: "Change password",
    submit: async () => {
      await api.changePassword({ current_password: now.raw(), new_password: next.raw() });
      now.clear();
      next.clear();
      showToast({ text: "The password is changed. Other devices are signed out." });
    },
  });
}

/** Providers that open the account; nothing where there is none. */
function providerLines(): HTMLElement {
  const host = element("div", {});
  const show = (): void => {
    const linked = store.get().user?.linked_providers ?? [];
    host.replaceChildren(...linked.map(line));
  };
  const remove = async (name: string): Promise<void> => {
    try {
      await api.unlinkProvider(name);
      store.set({ user: await getUser() });
    } catch (error) {
      showToast({ text: wordsFor(problemFrom(error)) });
    }
    show();
  };
  const line = (name: string): HTMLElement =>
    element(
      "p",
      { class: "page-line" },
      element("span", {}, `Sign-in with ${providerNames[name] ?? name}`),
      button("Remove", "small-button", () => void remove(name)),
    );
  show();
  return host;
}

/** Address, password and linked providers of an account. */
export function securitySection(): HTMLElement {
  const hasPassword = store.get().user?.has_password;
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "E-mail and password"),
    emailLine(),
    providerLines(),
    hasPassword && element("details", {}, element("summary", {}, "Change e-mail"), emailForm()),
    hasPassword && element("details", {}, element("summary", {}, "Change password"), passwordForm()),
  );
}
