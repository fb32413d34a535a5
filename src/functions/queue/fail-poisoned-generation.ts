import { app } from "@azure/functions";
import { generationMessageSchema } from "../../schemas/generations.ts";

/** The host puts a message here after its last try. */
app.storageQueue("fail-poisoned-generation", {
  queueName: "generations-poison",
  connection: "AzureWebJobsStorage",
  handler: async (message: unknown) => {
    const { generation_id: generationId } = generationMessageSchema.parse(message);
    const [{ failPoisonedGeneration }, { getServices }] = await Promise.all([
      import("../../operations/generations/fail-poisoned-generation.ts"),
      import("../../services.ts"),
    ]);
    await failPoisonedGeneration(await getServices(), { generationId });
  },
});
