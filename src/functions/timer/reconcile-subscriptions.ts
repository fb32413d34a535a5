import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "reconcile-subscriptions",
  schedule: "0 25 */6 * * *",
  touchesUserData: true,
  run: async (services) =>
    (await import("../../operations/billing/reconcile-subscriptions.ts")).reconcileSubscriptions(services),
});
