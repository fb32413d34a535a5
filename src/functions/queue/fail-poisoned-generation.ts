import { registerQueue } from "../register-queue.ts";

/** The host puts a message into this queue after its last try. */
registerQueue({
  name: "fail-poisoned-generation",
  queueName: "generations-poison",
  run: async (services, message) => {
    const { failPoisonedGeneration } = await import("../../operations/generations/fail-poisoned-generation.ts");
    await failPoisonedGeneration(services, message);
  },
});
