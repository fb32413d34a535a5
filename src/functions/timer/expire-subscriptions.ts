import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "expire-subscriptions",
  schedule: "0 5 * * * *",
  touchesUserData: true,
  run: async (services) =>
    (await import("../../operations/billing/expire-subscriptions.ts")).expireSubscriptions(services),
});
