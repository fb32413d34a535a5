import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "expire-stuck-jobs",
  schedule: "0 * * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/upkeep/expire-stuck-jobs.ts")).expireStuckJobs(services),
});
