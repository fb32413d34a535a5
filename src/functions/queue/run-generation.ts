import { app } from "@azure/functions";
import { generationMessageSchema } from "../../schemas/generations.ts";

app.storageQueue("run-generation", {
  queueName: "generations",
  connection: "AzureWebJobsStorage",
  handler: async (message: unknown) => {
    const { generation_id: generationId } = generationMessageSchema.parse(message);
    const [{ runGeneration }, { getServices }] = await Promise.all([
      import("../../operations/generations/run-generation.ts"),
      import("../../services.ts"),
    ]);
    await runGeneration(await getServices(), { generationId });
  },
});
