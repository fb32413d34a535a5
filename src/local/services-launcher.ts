import { launchAzurite } from "./azurite.ts";
import { launchDatabase } from "./database/launch.ts";
import { isAnswering } from "./free-port.ts";
import type { SettingOrigin } from "./settings.ts";

export interface RunningServices {
  readonly mongoUri: string;
  /** Says which database was chosen. */
  readonly mongoDescription: string;
  readonly storageConnectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  stop(): Promise<void>;
}

interface Storage {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  stop(): Promise<void>;
}

const DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true";
/** The queue service of an Azurite with its default settings, which is what that connection string means. */
const DEVELOPMENT_QUEUE_PORT = 10_001;

/**
 * Starts the database and the storage side by side, each unless the settings name one, and sets MONGODB_URI and
 * AzureWebJobsStorage to what was chosen.
 * @throws Error with one line if one of them does not start; the other is stopped then.
 */
export async function launchServices(options: {
  dataFolder: string | undefined;
  origins: ReadonlyMap<string, SettingOrigin>;
  onExit: (reason: string) => void;
}): Promise<RunningServices> {
  const { dataFolder, onExit } = options;
  const [database, storage] = await Promise.allSettled([
    launchDatabase({ dataFolder, environment: process.env, onExit }),
    openStorage(options),
  ]);
  if (database.status === "rejected" || storage.status === "rejected") {
    for (const part of [database, storage]) if (part.status === "fulfilled") await part.value.stop();
    throw database.status === "rejected" ? database.reason : (storage as PromiseRejectedResult).reason;
  }
  process.env.MONGODB_URI = database.value.uri;
  process.env.AzureWebJobsStorage = storage.value.connectionString;
  return {
    mongoUri: database.value.uri,
    mongoDescription: database.value.description,
    storageConnectionString: storage.value.connectionString,
    blobUrl: storage.value.blobUrl,
    queueUrl: storage.value.queueUrl,
    async stop() {
      await Promise.allSettled([database.value.stop(), storage.value.stop()]);
    },
  };
}

async function openStorage(options: Parameters<typeof launchServices>[0]): Promise<Storage> {
  const configured = process.env.AzureWebJobsStorage ?? "";
  if (await isConfigured(configured, options.origins.get("AzureWebJobsStorage"))) {
    const endpoint = (service: string) =>
      new RegExp(`${service}Endpoint=([^;]+)`, "i").exec(configured)?.[1] ?? "as AzureWebJobsStorage says";
    return {
      connectionString: configured,
      blobUrl: endpoint("Blob"),
      queueUrl: endpoint("Queue"),
      stop: async () => undefined,
    };
  }
  return await launchAzurite(options);
}

/** The development storage counts only if somebody asked for it and it is there: the example names it for Core Tools. */
async function isConfigured(value: string, origin: SettingOrigin | undefined): Promise<boolean> {
  if (value === "") return false;
  if (value !== DEVELOPMENT_STORAGE) return true;
  return origin !== "local.settings.example.json" && (await isAnswering(DEVELOPMENT_QUEUE_PORT));
}
