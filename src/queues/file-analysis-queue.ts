import type { FileAnalysisQueue } from "../ports/files.ts";
import { createJsonQueue, type QueueOptions } from "./json-queue.ts";

/** The queue of uploaded files to be analysed. */
export function createFileAnalysisQueue(options: QueueOptions): FileAnalysisQueue {
  const { send } = createJsonQueue(options);
  return { send: ({ fileId, delaySeconds }) => send({ file_id: fileId }, delaySeconds) };
}
