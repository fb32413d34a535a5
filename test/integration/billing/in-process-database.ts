import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, deserialize, serialize } from "bson";
import type { Database } from "../../../src/database/client.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { runCommand } from "../../../src/local/database/commands/run.ts";
import { createCursors } from "../../../src/local/database/protocol/cursors.ts";
import { openStore } from "../../../src/local/database/storage/store.ts";

/** What a fault does to a command: it never arrives, or its answer is lost. */
export type Fault = "none" | "before" | "after";

export interface InProcessDatabase {
  readonly database: Database;
  /** Runs a command at once, past all faults: for looking. */
  look<T extends Document>(collection: string, filter: Document): T[];
}

const unavailable = () => new AppError("unavailable", { detail: "a fault of this test" });

/**
 * The repositories' database without sockets: commands go to the embedded engine in this process. A test decides before
 * each command when it runs, and whether it fails: so it decides how callers interleave.
 */
export function createInProcessEngine() {
  const folder = mkdtempSync(join(tmpdir(), "muse-engine-"));
  const store = openStore(folder);
  const ignore = () => undefined;
  const context = { store, cursors: createCursors(), startedAt: Date.now(), connectionId: 1 };
  const hooks = { noteCommand: ignore, shutDown: ignore, abort: ignore };

  function run(command: Document): Document {
    const sent = deserialize(serialize(command, { ignoreUndefined: true }));
    const reply = deserialize(runCommand(sent, { ...context, ...hooks }));
    const failure = reply.ok === 1 ? reply.writeErrors?.[0] : reply;
    if (failure !== undefined) throw Object.assign(new Error(failure.errmsg), failure);
    return reply;
  }

  return {
    /** A database of its own. @param before awaited before each command; says what becomes of it */
    open(name: string, before: (command: string) => Promise<Fault>): InProcessDatabase {
      const unique = { user_id: 1 };
      run({
        createIndexes: "subscriptions",
        indexes: [{ key: unique, name: "user_id_1", unique: true }],
        $db: name,
      });

      async function send(command: Document): Promise<Document> {
        const fault = await before(`${Object.keys(command)[0]} ${Object.values(command)[0]}`);
        if (fault === "before") throw unavailable();
        const reply = run({ ...command, $db: name });
        if (fault === "after") throw unavailable();
        return reply;
      }

      function find(collection: string, query: Document) {
        const cursor = {
          sort: (sort: Document) => find(collection, { ...query, sort }),
          limit: (limit: number) => find(collection, { ...query, limit }),
          toArray: async () => (await send({ find: collection, ...query })).cursor.firstBatch as Document[],
        };
        return cursor;
      }

      const collectionOf = (collection: string) => ({
        insertOne: (document: Document) => send({ insert: collection, documents: [document] }),
        findOne: async (filter: Document, { sort }: { sort?: Document } = {}) =>
          (await find(collection, { filter, limit: 1, ...(sort === undefined ? {} : { sort }) }).toArray())[0] ?? null,
        find: (filter: Document) => find(collection, { filter }),
        updateOne: async (filter: Document, update: Document, { upsert = false } = {}) => {
          const { n, upserted = [] } = await send({ update: collection, updates: [{ q: filter, u: update, upsert }] });
          return { matchedCount: n - upserted.length, upsertedCount: upserted.length };
        },
        deleteOne: (filter: Document) => send({ delete: collection, deletes: [{ q: filter, limit: 1 }] }),
      });

      const database = {
        collection: (collection: string) => ({
          run: (action: (given: ReturnType<typeof collectionOf>) => unknown) => action(collectionOf(collection)),
        }),
      } as unknown as Database;
      return {
        database,
        look: (collection, filter) => run({ find: collection, filter, batchSize: 10_000, $db: name }).cursor.firstBatch,
      };
    },
    close: () => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
