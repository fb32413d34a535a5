import { registerQueue } from "../register-queue.ts";

registerQueue({
  name: "analyze-file",
  queueName: "file-analysis",
  run: async (services, message) => {
    const [{ fileAnalysisMessageSchema }, { runFileAnalysis }] = await Promise.all([
      import("../../schemas/files.ts"),
      import("../../operations/files/analyze-file.ts"),
    ]);
    const { file_id: fileId } = fileAnalysisMessageSchema.parse(message);
    await runFileAnalysis(services, { fileId });
  },
});
