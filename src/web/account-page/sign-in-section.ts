import { openDialog } from "../dialog.ts";
import { element } from "../dom.ts";
import { handOver } from "../next-start.ts";
import { button } from "../notice.ts";
import { field, form } from "../pages/form.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { adoptSession } from "../session.ts";
import { showToast } from "../toast.ts";
import * as api from "./account-api.ts";
import { providerNames } from "./provider-names.ts";

const emailField = () =>
  field({ label: "E-mail", type: "email", isRequired: true, autocomplete: "email", maxLength: 254 });

function openForgotten(): void {
  const email = emailField();
  const dialog = openDialog({
    title: "Forgotten password",
    content: [
      element(
        "p",
        { class: "field-hint" },
        "A link to choose a new one is sent to your address, if there is an account with it.",
      ),
      form({
        fields: { email },
        action: "Send the link",
        submit: async () => {
          await api.requestReset(email.value());
          dialog.close();
          showToast({ text: "If there is such an account, a mail is on its way." });
        },
      }),
    ],
  });
}

function registerForm(): HTMLElement {
  const email = emailField();
  const password = field({
    label: "Password",
    type: "password",
    isRequired: true,
    minLength: 10,
    autocomplete: "new-password",
    hint: "At least 10 characters.",
  });
  return form({
    fields: { email, password },
    action: "Create account",
    submit: async () => {
      const signedIn = await api.register({ email: email.value(), password: password.raw() });
      handOver({ notice: "Welcome. A mail with a link that confirms your address is on its way." });
      await adoptSession(signedIn);
    },
  });
}

function logInForm(): HTMLElement {
  const email = emailField();
  const password = field({ label: "Password", type: "password", isRequired: true, autocomplete: "current-password" });
  return form({
    fields: { email, password },
    action: "Sign in",
    extra: [button("Forgotten password?", "quiet-button", openForgotten)],
    submit: async () => adoptSession(await api.logIn({ email: email.value(), password: password.raw() })),
  });
}

/** Buttons of the providers that this deployment has; none, and nothing is shown. */
function providerButtons(): HTMLElement {
  const row = element("div", { class: "provider-row", hidden: true });
  const start = (name: string) =>
    api.startSignIn(name).then(
      ({ url }) => window.location.assign(url),
      (error: unknown) => showToast({ text: wordsFor(problemFrom(error)) }),
    );
  void api.listProviders().then(
    ({ data }) => {
      row.hidden = data.length === 0;
      row.replaceChildren(
        ...data.map(({ name }) =>
          button(`Continue with ${providerNames[name] ?? name}`, "small-button", () => void start(name)),
        ),
      );
    },
    () => undefined,
  );
  return row;
}

/** For guests: how to keep what they have, or to go on with an account that they have. */
export function signInSection(): HTMLElement {
  return element(
    "section",
    { class: "page-section sign-in" },
    element(
      "div",
      {},
      element("h2", {}, "Create an account"),
      element("p", { class: "field-hint" }, "Everything you made as a guest stays yours, and you get more credits."),
      registerForm(),
    ),
    element(
      "div",
      {},
      element("h2", {}, "Sign in"),
      element("p", { class: "field-hint" }, "To an account you have. What you made as a guest stays behind."),
      logInForm(),
    ),
    providerButtons(),
  );
}
