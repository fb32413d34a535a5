import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "warn-low-balances",
  schedule: "0 */5 * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/billing/notices.ts")).warnLowBalances(services),
});
