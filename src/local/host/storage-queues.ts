import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";

/** The queues of the storage accounts that the app's bindings name. */
export interface StorageQueues {
  /**
   * @param connection the name of the setting that holds the connection string; undefined is AzureWebJobsStorage.
   * @throws Error with one line if there is no such setting.
   */
  open(connection: string | undefined, queueName: string): QueueClient;
}

/** The host polls and retries by itself: the client gives up quickly and says so. */
const CLIENT_OPTIONS = { retryOptions: { maxTries: 2, retryDelayInMs: 200, tryTimeoutInMs: 10_000 } };

export function createStorageQueues(storageConnectionString: string): StorageQueues {
  const services = new Map<string, QueueServiceClient>();
  return {
    open(connection, queueName) {
      const text = connectionString(connection, storageConnectionString);
      const service = services.get(text) ?? QueueServiceClient.fromConnectionString(text, CLIENT_OPTIONS);
      services.set(text, service);
      return service.getQueueClient(queueName);
    },
  };
}

/** A setting's name may lack the prefix that the real host tries too. */
function connectionString(connection: string | undefined, storageConnectionString: string): string {
  if (!connection || /^(AzureWebJobs)?Storage$/.test(connection)) return storageConnectionString;
  const value = process.env[connection] || process.env[`AzureWebJobs${connection}`];
  if (value) return value;
  throw new Error(`The setting ${connection} is missing: a queue's binding names it as its connection.`);
}
