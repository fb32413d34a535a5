import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "measure-backlogs",
  schedule: "50 * * * * *",
  touchesUserData: false,
  run: async (services) => (await import("../../operations/upkeep/measure-backlogs.ts")).measureBacklogs(services),
});
