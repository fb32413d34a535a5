import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "requeue-lost-files",
  schedule: "40 * * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/files/requeue-lost-files.ts")).requeueLostFiles(services),
});
