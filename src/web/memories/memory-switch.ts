import * as api from "../api.ts";
import { element } from "../dom.ts";
import { explainFailure } from "../features.ts";
import { store } from "../state.ts";
import { announce } from "../toast.ts";

/** Whether Muse may take notes and use them. Hidden where the server keeps no settings. */
export function memorySwitch(): HTMLElement {
  const input = element("input", { type: "checkbox", role: "switch", disabled: true });
  const node = element(
    "label",
    { class: "switch memory-switch", hidden: store.get().missing.includes("settings") },
    element(
      "span",
      {},
      "Remember things about me",
      element("small", {}, "Muse takes notes of what helps later, and uses them in its answers."),
    ),
    input,
  );
  void api.getSettings().then(
    ({ memory_enabled }) => {
      input.checked = memory_enabled;
      input.disabled = false;
    },
    () => {
      node.hidden = true;
    },
  );
  input.addEventListener("change", () => {
    const wanted = input.checked;
    input.disabled = true;
    api
      .updateSettings({ memory_enabled: wanted })
      .then(
        ({ memory_enabled }) => {
          input.checked = memory_enabled;
          announce(memory_enabled ? "Muse remembers" : "Muse does not remember");
        },
        (error: unknown) => {
          input.checked = !wanted;
          explainFailure(error, "settings", false);
        },
      )
      .finally(() => {
        input.disabled = false;
        input.focus();
      });
  });
  return node;
}
