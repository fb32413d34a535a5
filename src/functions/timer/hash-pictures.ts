import { registerTimer } from "../register-timer.ts";

registerTimer({
  name: "hash-pictures",
  schedule: "0 50 * * * *",
  touchesUserData: false,
  run: async (services) => (await import("../../operations/gallery/hash-images.ts")).hashImages(services),
});
