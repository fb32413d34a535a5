import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import { launchAzurite, type RunningAzurite } from "../../../../src/local/azurite.ts";

export interface StorageUnderTest extends RunningAzurite {
  /** A queue that is there, by its name. */
  queue(name: string): Promise<QueueClient>;
}

export async function openStorage(): Promise<StorageUnderTest> {
  const azurite = await launchAzurite({ dataFolder: undefined });
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  return {
    ...azurite,
    async queue(name) {
      const queue = service.getQueueClient(name);
      await queue.createIfNotExists();
      return queue;
    },
  };
}

export const inBase64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** How many messages a queue holds, hidden ones included. */
export async function countMessages(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}
