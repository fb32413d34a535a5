import * as api from "../api.ts";
import { element } from "../dom.ts";
import { field, form } from "../pages/form.ts";
import { store } from "../state.ts";
import { showToast } from "../toast.ts";

/** Name and words about oneself, as others would see them. */
export function profileSection(): HTMLElement {
  const { user } = store.get();
  const name = field({ label: "Display name", value: user?.profile.display_name ?? "", maxLength: 100 });
  const bio = field({ label: "About you", value: user?.profile.bio ?? "", maxLength: 500, lines: 3 });
  return element(
    "section",
    { class: "page-section" },
    element("h2", {}, "Profile"),
    form({
      fields: { "profile.display_name": name, "profile.bio": bio },
      action: "Save",
      submit: async () => {
        const profile = { display_name: name.value() || null, bio: bio.value() || null };
        store.set({ user: await api.updateUser({ profile }) });
        showToast({ text: "Saved." });
      },
    }),
  );
}
