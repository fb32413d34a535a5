import type { CheckoutJson, CreditsJson, PlansJson, SubscriptionJson, UsageJson } from "../api-types.ts";
import { json, publicJson, query } from "../request.ts";

export const listPlans = () => publicJson<PlansJson>("/billing/plans");
export const getSubscription = () => json<SubscriptionJson>("/billing/subscription");
export const getCredits = (cursor: string | null) =>
  json<CreditsJson>(`/users/me/credits${query({ limit: 20, cursor })}`);
export const getUsage = (from: string) => json<UsageJson>(`/users/me/usage${query({ from })}`);

export interface Purchase {
  readonly plan?: string;
  readonly billing_interval?: "monthly" | "yearly";
  readonly pack?: string;
}

/** @param idempotencyKey sent again with it, the same purchase is begun and not another */
export const startCheckout = (purchase: Purchase, returnTo: string, idempotencyKey: string) =>
  json<CheckoutJson>("/billing/checkout", {
    method: "POST",
    body: { ...purchase, success_url: `${returnTo}?bought=1`, cancel_url: returnTo },
    idempotencyKey,
  });
export const openPortal = (returnTo: string) =>
  json<{ url: string }>("/billing/portal", { method: "POST", body: { return_url: returnTo } });
