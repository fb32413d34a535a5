import { registerQueue } from "../register-queue.ts";

/** The host puts a message into this queue after its last try. */
registerQueue({
  name: "fail-poisoned-generation",
  queueName: "generations-poison",
  run: async (services, message) => {
    const [{ generationMessageSchema }, { failPoisonedGeneration }] = await Promise.all([
      import("../../schemas/generations.ts"),
      import("../../operations/generations/fail-poisoned-generation.ts"),
    ]);
    const { generation_id: generationId } = generationMessageSchema.parse(message);
    await failPoisonedGeneration(services, { generationId });
  },
});
