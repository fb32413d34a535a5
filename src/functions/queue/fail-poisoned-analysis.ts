import { registerQueue } from "../register-queue.ts";

/** The host puts a message into this queue after its last try. */
registerQueue({
  name: "fail-poisoned-analysis",
  queueName: "file-analysis-poison",
  run: async (services, message) => {
    const [{ fileAnalysisMessageSchema }, { failPoisonedAnalysis }] = await Promise.all([
      import("../../schemas/files.ts"),
      import("../../operations/files/analyze-file.ts"),
    ]);
    const { file_id: fileId } = fileAnalysisMessageSchema.parse(message);
    await failPoisonedAnalysis(services, { fileId });
  },
});
