import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchAzurite } from "../../src/local/azurite.ts";
import { launchDatabase } from "../../src/local/database/launch.ts";
import { type RunningMuse, startMuse } from "./muse.ts";

export interface Surroundings {
  /** Of this test alone; removed at the end. */
  readonly folder: string;
  readonly databaseUri: string;
  readonly databaseName: string;
  readonly storageConnection: string;
  /** What an instance needs to use them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts an instance that ends with the rest, unless it was ended before. */
  start(name: string, environment?: Readonly<Record<string, string>>): Promise<RunningMuse>;
  /** Undone with the rest, the last thing first. */
  atEnd(step: () => Promise<unknown>): void;
  end(): Promise<void>;
}

/** A database and a storage account of their own, as several workers on Azure share them. */
export async function startSurroundings(): Promise<Surroundings> {
  const folder = await mkdtemp(join(tmpdir(), "muse-instances-"));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })];
  const [database, storage] = await Promise.all([
    launchDatabase({ dataFolder: undefined, environment: process.env }),
    launchAzurite({ dataFolder: undefined }),
  ]);
  undo.push(database.stop, storage.stop);
  const databaseName = `muse_test_${randomBytes(6).toString("hex")}`;
  const environment = {
    MONGODB_URI: database.uri,
    MONGODB_DATABASE: databaseName,
    AzureWebJobsStorage: storage.connectionString,
    RATE_LIMIT_FACTOR: "1000",
    LOG_LEVEL: "warn",
  };
  return {
    folder,
    databaseUri: database.uri,
    databaseName,
    storageConnection: storage.connectionString,
    environment,
    start: async (name, more = {}) => {
      const muse = await startMuse({ dataFolder: join(folder, name), environment: { ...environment, ...more } });
      undo.push(muse.stop);
      return muse;
    },
    atEnd: (step) => {
      undo.push(step);
    },
    end: async () => {
      for (const step of undo.reverse()) await step();
    },
  };
}
