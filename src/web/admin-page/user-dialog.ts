import type { AdminUserChange, AdminUserJson } from "../api-types.ts";
import { openDialog } from "../dialog.ts";
import { element } from "../dom.ts";
import { creditsText, fullTime } from "../format.ts";
import { field, form } from "../pages/form.ts";
import { newKey } from "../state.ts";
import { showToast } from "../toast.ts";
import * as api from "./admin-api.ts";

const tiers = ["free", "basic", "pro", "enterprise"] as const;

function choice<Value extends string>(label: string, values: readonly Value[], chosen: Value) {
  const select = element(
    "select",
    {},
    ...values.map((value) => element("option", { value, selected: value === chosen }, value)),
  );
  return {
    node: element("label", { class: "form-field" }, label, select),
    value: () => values[select.selectedIndex] ?? chosen,
  };
}

/** What of an account was changed; what stayed as it was is not sent. */
function changeOf(
  user: AdminUserJson,
  wanted: Required<Pick<AdminUserChange, "role" | "is_active" | "subscription_tier">>,
) {
  return {
    ...(wanted.role === user.role ? {} : { role: wanted.role }),
    ...(wanted.is_active === user.is_active ? {} : { is_active: wanted.is_active }),
    ...(wanted.subscription_tier === user.subscription_tier ? {} : { subscription_tier: wanted.subscription_tier }),
  };
}

/** What an account is called in words. */
export function nameOf({ email, username, id }: AdminUserJson): string {
  return email ?? username ?? id;
}

/** One account, and what an administrator may do with it. Everything is written into the audit log. */
export function openUser(user: AdminUserJson, onChanged: (user: AdminUserJson) => void): void {
  const role = choice("Role", ["user", "admin"], user.role);
  const tier = choice("Tier", tiers, user.subscription_tier);
  const state = choice("State", ["active", "deactivated"], user.is_active ? "active" : "deactivated");
  const amount = field({ label: "Credits to give; negative to take", type: "number" });
  const reason = field({ label: "Why", maxLength: 300 });
  let key = newKey();
  const dialog = openDialog({
    title: nameOf(user),
    content: [
      element(
        "p",
        { class: "page-fact" },
        `${user.id} · ${creditsText(user.credits.balance)} of ${user.credits.granted.toLocaleString()} · since ${fullTime(user.created_at)}`,
      ),
      form({
        fields: { "credits_adjustment.amount": amount, "credits_adjustment.reason": reason },
        extra: [role.node, tier.node, state.node],
        action: "Change",
        submit: async () => {
          const wanted = {
            role: role.value(),
            subscription_tier: tier.value(),
            is_active: state.value() === "active",
          };
          const adjustment =
            amount.value() === ""
              ? {}
              : { credits_adjustment: { amount: Number(amount.value()), reason: reason.value() } };
          onChanged(await api.changeUser(user.id, { ...changeOf(user, wanted), ...adjustment }, key));
          // The next change is another one.
          key = newKey();
          dialog.close();
          showToast({ text: "Changed." });
        },
      }),
    ],
  });
}
