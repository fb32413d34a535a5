import type { QueueClient } from "@azure/storage-queue";
import type { QueueEnvelope } from "../domain/queue-envelope.ts";
import { callAzure, isMissing, serviceUnavailable } from "../platform/azure-call.ts";
import type { Logger } from "../ports/platform.ts";
import type { QueueState } from "../ports/storage.ts";

/** A connection string (also `UseDevelopmentStorage=true`), or the account's URL, which is used with the app's identity. */
type QueueAccount = { readonly connectionString: string } | { readonly accountUrl: string };

export type QueueOptions = QueueAccount & {
  readonly queueName: string;
  readonly logger: Logger;
  /** What each message carries beside its body. */
  readonly envelope?: (delaySeconds: number) => QueueEnvelope;
};

/** Source: the queue service's Put Message: −1 keeps a message until it is deleted; the default is seven days. */
const neverExpires = -1;
/** Time-out of one try, in ms. */
const tryMs = 5_000;
const pingMs = 3_000;

interface JsonQueue {
  /** @param delaySeconds how long the message stays invisible */
  send(body: object, delaySeconds?: number): Promise<void>;
  state(): Promise<QueueState>;
  /** When the first of the visible messages was sent; null when there is none. */
  oldestInsertedAt(): Promise<Date | null>;
  ping(): Promise<void>;
}

async function openQueue(options: QueueOptions): Promise<QueueClient> {
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
function encode(body: unknown): string {
  return Buffer.from(JSON.stringify(body)).toString("base64");
}

/**
 * A queue of JSON messages, which is made when it is missing. Every failure of the service is `unavailable` and may be
 * tried again. A message may be sent twice when an answer got lost: workers claim a job before they run it.
 */
export function createJsonQueue(options: QueueOptions): JsonQueue {
  let opening: Promise<QueueClient> | undefined;

  async function withQueue<R>(action: (queue: QueueClient) => Promise<R>): Promise<R> {
    // Outside the try: an account that cannot even be read is a wrong setting, which waiting does not cure.
    opening ??= openQueue(options);
    const queue = await opening;
    try {
      return await action(queue);
    } catch (error) {
      throw serviceUnavailable("job queue", error);
    }
  }

  return {
    send: (body, delaySeconds) =>
      withQueue(async (queue) => {
        const message = encode({ ...body, ...options.envelope?.(delaySeconds ?? 0) });
        const send = () =>
          callAzure(tryMs, (abortSignal) =>
            queue.sendMessage(message, {
              abortSignal,
              messageTimeToLive: neverExpires,
              ...(delaySeconds === undefined ? {} : { visibilityTimeout: Math.max(0, Math.ceil(delaySeconds)) }),
            }),
          );
        try {
          await send();
        } catch (error) {
          if (!isMissing(error)) throw error;
          await callAzure(tryMs, (abortSignal) => queue.createIfNotExists({ abortSignal }));
          options.logger.info({ queue: options.queueName }, "queue created");
          await send();
        }
      }),

    state: () =>
      withQueue(async (queue) => {
        try {
          const properties = await callAzure(tryMs, (abortSignal) => queue.getProperties({ abortSignal }));
          return { approximateMessages: properties.approximateMessagesCount ?? 0 };
        } catch (error) {
          if (isMissing(error)) return { approximateMessages: 0 };
          throw error;
        }
      }),

    oldestInsertedAt: () =>
      withQueue(async (queue) => {
        try {
          const { peekedMessageItems } = await callAzure(tryMs, (abortSignal) => queue.peekMessages({ abortSignal }));
          return peekedMessageItems[0]?.insertedOn ?? null;
        } catch (error) {
          if (isMissing(error)) return null;
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
