import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "verify-storage",
  schedule: "0 50 * * * *",
  touchesUserData: true,
  run: async (services) => ({
    ...(await (await import("../../operations/upkeep/verify-storage.ts")).verifyStorage(services)),
  }),
});
