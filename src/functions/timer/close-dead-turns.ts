import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "close-dead-turns",
  schedule: "40 * * * * *",
  touchesUserData: true,
  run: async (services) => (await import("../../operations/upkeep/close-dead-turns.ts")).closeDeadTurns(services),
});
