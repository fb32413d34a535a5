import type { ApiKeyJson } from "../api-types.ts";
import { copyText } from "../copy.ts";
import { openDialog } from "../dialog.ts";
import { element } from "../dom.ts";
import { shortTime } from "../format.ts";
import { icon } from "../icons.ts";
import { about, button } from "../notice.ts";
import { field, form } from "../pages/form.ts";
import * as api from "./account-api.ts";
import { liveList } from "./live-list.ts";

function showKey(key: string): void {
  const copy = button("Copy", "small-button", () => void copyText(copy, key, null), icon("copy"));
  openDialog({
    title: "Your new key",
    content: [
      element("p", {}, "It is shown only now. Keep it where nobody else can read it."),
      element("p", { class: "secret" }, element("code", {}, key)),
      element("p", {}, copy),
    ],
  });
}

/** Keys for programs. */
export function apiKeysSection(): HTMLElement {
  const row = (key: ApiKeyJson): HTMLElement =>
    element(
      "div",
      { class: "page-line" },
      element("span", {}, key.name),
      element("code", {}, `${key.prefix}…${key.last_four}`),
      element(
        "span",
        { class: "page-fact" },
        key.last_used_at === null ? "never used" : `used ${shortTime(key.last_used_at)}`,
      ),
      about(
        key.name,
        button("Delete", "small-button is-dangerous", () => {
          if (window.confirm(`Delete the key ${key.name}? Programs that use it stop working.`)) {
            void list.change(() => api.deleteApiKey(key.id));
          }
        }),
      ),
    );
  const list = liveList({ read: async () => (await api.listApiKeys()).data, row, empty: "No keys yet." });
  const name = field({ label: "Name of a new key", isRequired: true, maxLength: 100 });
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "API keys"),
    element("p", { class: "field-hint" }, "For programs, and for any client of OpenAI's API."),
    list.node,
    form({
      fields: { name },
      action: "Create key",
      submit: async () => {
        showKey((await api.createApiKey({ name: name.value() })).key);
        name.clear();
        await list.reload();
      },
    }),
  );
}
