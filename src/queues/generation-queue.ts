import type { GenerationQueue } from "../ports/storage.ts";
import { createJsonQueue, type QueueOptions } from "./json-queue.ts";

/** The queue of generations to be run. */
export function createGenerationQueue(options: QueueOptions): GenerationQueue {
  const { send, state, ping } = createJsonQueue(options);
  return {
    send: ({ generationId, delaySeconds }) => send({ generation_id: generationId }, delaySeconds),
    state,
    ping,
  };
}
