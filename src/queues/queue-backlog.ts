import type { QueueBacklog } from "../ports/storage.ts";
import { createJsonQueue, type QueueOptions } from "./json-queue.ts";

/** How much work waits in a queue, and for how long. */
export function createQueueBacklog(options: QueueOptions): QueueBacklog {
  const { state, oldestInsertedAt } = createJsonQueue(options);
  return { queueName: options.queueName, state, oldestInsertedAt };
}
