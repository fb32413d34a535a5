import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "watch-books",
  schedule: "0 35 * * * *",
  touchesUserData: false,
  run: async (services) => (await import("../../operations/billing/watch-books.ts")).watchBooks(services),
});
