import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "erase-accounts",
  schedule: "50 */5 * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/privacy/erase-accounts.ts")).eraseAccounts(services),
});
