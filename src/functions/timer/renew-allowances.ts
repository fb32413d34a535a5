import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "renew-allowances",
  schedule: "0 15 * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/billing/renew-allowances.ts")).renewAllowances(services),
});
