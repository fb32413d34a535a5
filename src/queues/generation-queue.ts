import type { QueueClient } from "@azure/storage-queue";
import type { Logger } from "../ports/platform.ts";
import type { GenerationQueue } from "../ports/storage.ts";
import { callAzure, isMissing, queueUnavailable } from "./azure-call.ts";

/** A connection string (also `UseDevelopmentStorage=true`), or the account's URL, which is used with the app's identity. */
type QueueAccount = { readonly connectionString: string } | { readonly accountUrl: string };

type GenerationQueueOptions = QueueAccount & { readonly queueName: string; readonly logger: Logger };

/** Source: the queue service's Put Message: −1 keeps a message until it is deleted; the default is seven days. */
const neverExpires = -1;
const pingMs = 3_000;

async function openQueue(options: GenerationQueueOptions): Promise<QueueClient> {
  const { QueueClient, QueueServiceClient } = await import("@azure/storage-queue");
  // Tries are counted by `callAzure`.
  const pipeline = { retryOptions: { maxTries: 1 } };
  if ("connectionString" in options) return new QueueClient(options.connectionString, options.queueName, pipeline);
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new QueueServiceClient(options.accountUrl, new DefaultAzureCredential(), pipeline).getQueueClient(
    options.queueName,
  );
}

/** The body of a message: base64, as the Functions host expects it unless told otherwise. */
function encode(generationId: string): string {
  return Buffer.from(JSON.stringify({ generation_id: generationId })).toString("base64");
}

/**
 * The queue of generations to be run, which is made when it is missing. Every failure of the service is `unavailable`
 * and may be tried again. A message may be sent twice when an answer got lost: workers claim a job before they run it.
 */
export function createGenerationQueue(options: GenerationQueueOptions): GenerationQueue {
  let opening: Promise<QueueClient> | undefined;

  async function withQueue<R>(action: (queue: QueueClient) => Promise<R>): Promise<R> {
    // Outside the try: an account that cannot even be read is a wrong setting, which waiting does not cure.
    opening ??= openQueue(options);
    const queue = await opening;
    try {
      return await action(queue);
    } catch (error) {
      throw queueUnavailable(error);
    }
  }

  return {
    send: ({ generationId, delaySeconds }) =>
      withQueue(async (queue) => {
        const send = () =>
          callAzure((abortSignal) =>
            queue.sendMessage(encode(generationId), {
              abortSignal,
              messageTimeToLive: neverExpires,
              ...(delaySeconds === undefined ? {} : { visibilityTimeout: Math.max(0, Math.ceil(delaySeconds)) }),
            }),
          );
        try {
          await send();
        } catch (error) {
          if (!isMissing(error)) throw error;
          await callAzure((abortSignal) => queue.createIfNotExists({ abortSignal }));
          options.logger.info({ queue: options.queueName }, "queue created");
          await send();
        }
      }),

    state: () =>
      withQueue(async (queue) => {
        try {
          const properties = await callAzure((abortSignal) => queue.getProperties({ abortSignal }));
          return { approximateMessages: properties.approximateMessagesCount ?? 0 };
        } catch (error) {
          if (isMissing(error)) return { approximateMessages: 0 };
          throw error;
        }
      }),

    ping: () =>
      withQueue(async (queue) => {
        // A queue that is still missing is an answer as well.
        await queue.exists({ abortSignal: AbortSignal.timeout(pingMs) });
      }),
  };
}
