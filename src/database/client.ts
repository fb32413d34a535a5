import { setTimeout as delay } from "node:timers/promises";
import type { Collection, Db, Document, MongoClient } from "mongodb";
import { isAppError } from "../domain/errors.ts";
import type { Logger } from "../ports/platform.ts";
import { isAway, isThrottled, throttlingHintMs, unavailable } from "./errors.ts";

/** One command as it went to the server; lets tests count round trips and explain queries. */
export interface SentCommand {
  readonly name: string;
  readonly command: Readonly<Document>;
}

interface DatabaseOptions {
  readonly uri: string;
  readonly databaseName: string;
  readonly logger: Logger;
  /** Connections that are kept open. 0 on a laptop starts faster; 10 by default. */
  readonly minPoolSize?: number;
  /** How long an operation waits for a server before it is `unavailable`, in ms. */
  readonly serverSelectionTimeoutMs?: number;
  /** How long one operation may wait for a throttling server all in all, in ms. */
  readonly maxThrottlingWaitMs?: number;
  readonly onCommand?: (sent: SentCommand) => void;
  /** Listens to what the driver tells of commands and connections. */
  readonly observe?: ((client: MongoClient) => void) | undefined;
}

interface DatabaseCollection<T extends Document> {
  /**
   * Runs one operation on the collection.
   * @throws AppError `unavailable` when the database is away or throttles for too long; any other driver error as it is
   */
  run<R>(action: (collection: Collection<T>) => Promise<R>): Promise<R>;
}

export interface Database {
  collection<T extends Document>(name: string): DatabaseCollection<T>;
  /** Like `collection(…).run`, for what concerns no single collection. */
  run<R>(action: (database: Db) => Promise<R>): Promise<R>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** How long a request waits for the account that it is of, in ms. */
const promptMs = 5_000;

/**
 * For reads of one document by its index that everything else of a request waits for: they are never slow for another
 * reason than that nobody answers, which the driver takes longer to notice.
 * @throws AppError `unavailable` when the answer does not come in time
 */
export async function promptly<R>(read: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(unavailable(new Error("the database does not answer"))), promptMs);
  try {
    return await Promise.race([read, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const defaultThrottlingWaitMs = 3_000;
const firstThrottlingPauseMs = 50;

/** Runs `action` again for as long as the server throttles and the time allows it. */
async function withThrottling<R>(action: () => Promise<R>, maxWaitMs: number): Promise<R> {
  let waitedMs = 0;
  let pauseMs = firstThrottlingPauseMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isThrottled(error)) throw error;
      // At least 1 ms, so that a hint of 0 cannot make an endless loop; some more, so that callers do not come back in step.
      const waitMs = Math.max(1, throttlingHintMs(error) ?? pauseMs) + Math.floor(Math.random() * 20);
      if (waitedMs + waitMs > maxWaitMs) throw unavailable(error);
      await delay(waitMs);
      waitedMs += waitMs;
      pauseMs *= 2;
    }
  }
}

async function connect(options: DatabaseOptions): Promise<MongoClient> {
  const { MongoClient } = await import("./driver.ts");
  const client = new MongoClient(options.uri, {
    appName: "muse",
    maxPoolSize: 50,
    minPoolSize: options.minPoolSize ?? 10,
    // Idle connections of an instance that had a peak are given back; the server's limit is shared by all instances.
    maxIdleTimeMS: 120_000,
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 4_000,
    connectTimeoutMS: 5_000,
    // How soon a server that hangs is noticed, after which what waits for it ends as well; the driver's own is 10 s.
    heartbeatFrequencyMS: 3_000,
    waitQueueTimeoutMS: 5_000,
    writeConcern: { w: "majority" },
    readPreference: "primaryPreferred",
    ignoreUndefined: true,
    monitorCommands: options.onCommand !== undefined || options.observe !== undefined,
  });
  const { onCommand } = options;
  if (onCommand !== undefined) {
    client.on("commandStarted", (event) => onCommand({ name: event.commandName, command: event.command }));
  }
  options.observe?.(client);
  try {
    return await client.connect();
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
}

interface Connection {
  readonly client: MongoClient;
  readonly database: Db;
}

/** The database of one process: one client, connected on first use, and again when that failed. */
export function createDatabase(options: DatabaseOptions): Database {
  let connecting: Promise<Connection> | undefined;

  function connected(): Promise<Connection> {
    if (connecting === undefined) {
      const attempt = connect(options).then((client) => ({ client, database: client.db(options.databaseName) }));
      connecting = attempt;
      attempt.then(
        () => options.logger.debug({ database: options.databaseName }, "database connected"),
        (error: unknown) => {
          if (connecting === attempt) connecting = undefined;
          const name = error instanceof Error ? error.name : "unknown";
          options.logger.warn({ database: options.databaseName, error: name }, "database connection failed");
        },
      );
    }
    return connecting;
  }

  async function run<R>(action: (database: Db) => Promise<R>): Promise<R> {
    try {
      const { database } = await connected();
      return await withThrottling(() => action(database), options.maxThrottlingWaitMs ?? defaultThrottlingWaitMs);
    } catch (error) {
      if (!isAppError(error) && isAway(error)) throw unavailable(error);
      throw error;
    }
  }

  return {
    run,
    collection: <T extends Document>(name: string) => {
      // The driver's objects resolve their options when they are made: once a connection, not once a command.
      const opened = new WeakMap<Db, Collection<T>>();
      const open = (database: Db): Collection<T> => {
        const collection = opened.get(database) ?? database.collection<T>(name);
        opened.set(database, collection);
        return collection;
      };
      return {
        run: <R>(action: (collection: Collection<T>) => Promise<R>) => run((database) => action(open(database))),
      };
    },
    ping: async () => {
      await run((database) => database.command({ ping: 1 }));
    },
    close: async () => {
      const attempt = connecting;
      connecting = undefined;
      const connection = await attempt?.catch(() => undefined);
      await connection?.client.close();
    },
  };
}
