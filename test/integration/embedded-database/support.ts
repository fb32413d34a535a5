import { randomBytes } from "node:crypto";
import { type Collection, type Db, type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll } from "vitest";
import { launchEmbedded, type RunningDatabase } from "../../../src/local/database/launch.ts";

export interface TestServer {
  readonly client: MongoClient;
  readonly db: Db;
  /** A collection that no other test has, with these documents in it. */
  collection<T extends Document = Document>(documents?: readonly Document[]): Promise<Collection<T>>;
}

/**
 * The server under test: the embedded one, or the one in MONGODB_URI, so that a difference between them shows. Each file
 * works in a fresh database of a random name and removes it.
 */
export function useServer(): () => TestServer {
  let running: RunningDatabase | undefined;
  let server: TestServer | undefined;

  beforeAll(async () => {
    const given = process.env.MONGODB_URI;
    if (given === undefined || given === "") {
      running = await launchEmbedded({ dataFolder: undefined, environment: process.env });
    }
    const client = await MongoClient.connect(running?.uri ?? given ?? "", { maxPoolSize: 200 });
    const db = client.db(`muse_conformance_${randomBytes(6).toString("hex")}`);
    let made = 0;
    server = {
      client,
      db,
      async collection<T extends Document>(documents: readonly Document[] = []) {
        made += 1;
        const collection = db.collection<Document>(`test_${made}`);
        if (documents.length > 0) await collection.insertMany(documents.map((document) => ({ ...document })));
        return collection as unknown as Collection<T>;
      },
    };
  });

  afterAll(async () => {
    await server?.db.dropDatabase();
    await server?.client.close();
    await running?.stop();
  });

  return () => {
    if (server === undefined) throw new Error("the server is there from the first test on");
    return server;
  };
}

/** The server's answer to what it refuses. */
export interface Refusal {
  readonly code: number | undefined;
  readonly codeName: string | undefined;
  readonly message: string;
  readonly keyPattern: Document | undefined;
  readonly keyValue: Document | undefined;
}

/** What a promise was rejected with, in the parts that applications read. */
export async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    const { code, codeName, message, keyPattern, keyValue } = error as Refusal;
    return { code, codeName, message, keyPattern, keyValue };
  }
  throw new Error("the server did not refuse");
}

/** Repeats until the check passes or the deadline is over. */
export async function eventually(check: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`it did not happen within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
