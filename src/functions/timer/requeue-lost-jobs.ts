import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "requeue-lost-jobs",
  schedule: "20 * * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/upkeep/requeue-lost-jobs.ts")).requeueLostJobs(services),
});
