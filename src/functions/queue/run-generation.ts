import { registerQueue } from "../register-queue.ts";

registerQueue({
  name: "run-generation",
  queueName: "generations",
  run: async (services, message) => {
    const [{ generationMessageSchema }, { runGeneration }] = await Promise.all([
      import("../../schemas/generations.ts"),
      import("../../operations/generations/run-generation.ts"),
    ]);
    const { generation_id: generationId } = generationMessageSchema.parse(message);
    await runGeneration(services, { generationId });
  },
});
