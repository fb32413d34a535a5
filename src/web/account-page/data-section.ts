import { element } from "../dom.ts";
import { saveBlob } from "../export.ts";
import { icon } from "../icons.ts";
import { button } from "../notice.ts";
import { problemFrom, wordsFor } from "../problem.ts";
import { forgetSession, signOut } from "../session.ts";
import { store } from "../state.ts";
import { showToast } from "../toast.ts";
import * as api from "./account-api.ts";

/** Does one thing at a time and says what goes wrong. */
function doing(
  label: string,
  kind: string,
  work: () => Promise<void>,
  name: "download" | "trash" | "close",
): HTMLElement {
  const control = button(
    label,
    kind,
    () => {
      control.disabled = true;
      void work()
        .catch((error: unknown) => showToast({ text: wordsFor(problemFrom(error)) }))
        .finally(() => {
          control.disabled = false;
        });
    },
    icon(name),
  );
  return control;
}

async function erase(): Promise<void> {
  const isSure = window.confirm(
    "Erase this account? Conversations, pictures, files and memories go for good, wherever they are stored.",
  );
  if (!isSure) return;
  await api.eraseAccount();
  forgetSession();
}

/** What one takes along, and how one leaves. */
export function dataSection(): HTMLElement {
  const isGuest = store.get().user?.is_guest === true;
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Your data"),
    element(
      "div",
      { class: "page-actions" },
      doing(
        "Download everything",
        "small-button",
        async () => saveBlob(await api.exportAccount(), "muse-export.zip"),
        "download",
      ),
      !isGuest && doing("Sign out", "small-button", signOut, "close"),
      doing("Erase account", "small-button is-dangerous", erase, "trash"),
    ),
  );
}
