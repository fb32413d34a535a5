import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "find-orphans",
  schedule: "0 20 * * * *",
  touchesUserData: false,
  run: async (services) => (await import("../../operations/gallery/find-orphans.ts")).findOrphans(services),
});
