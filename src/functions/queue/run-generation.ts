import { registerQueue } from "../register-queue.ts";

registerQueue({
  name: "run-generation",
  queueName: "generations",
  run: async (services, message) => {
    const { receiveGeneration } = await import("../../operations/generations/receive-generation.ts");
    await receiveGeneration(services, message);
  },
});
