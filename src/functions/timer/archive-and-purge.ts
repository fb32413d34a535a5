import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "archive-and-purge",
  schedule: "0 10 3 * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/upkeep/archive-and-purge.ts")).archiveAndPurge(services),
});
