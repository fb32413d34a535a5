import type { WebhookQueue } from "../ports/webhooks.ts";
import { createJsonQueue, type QueueOptions } from "./json-queue.ts";

/** The queue of receivers to be told of a generation's end. */
export function createWebhookQueue(options: QueueOptions): WebhookQueue {
  const { send } = createJsonQueue(options);
  return { send: ({ generationId, delaySeconds }) => send({ generation_id: generationId }, delaySeconds) };
}
