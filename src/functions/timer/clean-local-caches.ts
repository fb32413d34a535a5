import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "clean-local-caches",
  schedule: "0 30 * * * *",
  touchesUserData: false,
  run: async (services) => (await import("../../operations/upkeep/clean-local-caches.ts")).cleanLocalCaches(services),
});
