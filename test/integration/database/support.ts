import { randomBytes } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { createDatabase, type Database, type SentCommand } from "../../../src/database/client.ts";
import { migrate } from "../../../src/database/migrations/runner.ts";
import type { Generation } from "../../../src/domain/generation.ts";
import type { Image } from "../../../src/domain/image.ts";
import { launchDatabase } from "../../../src/local/database/launch.ts";
import type { Logger } from "../../../src/ports/platform.ts";

const ignore = (): void => undefined;

export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface TestDatabase {
  readonly uri: string;
  readonly database: Database;
  /** Every command since the last `splice`, as the driver sent it. */
  readonly sent: SentCommand[];
  /** A further connection to the same server, as another instance would have. */
  connect(databaseName?: string): Database;
}

/** A name that no other test file and no other run has. */
export function randomDatabaseName(): string {
  return `muse_test_${randomBytes(6).toString("hex")}`;
}

/** One server and one migrated database for the calling test file; both go when its tests are over. */
export function useDatabase(options: { isMigrated?: boolean } = {}): () => TestDatabase {
  const databaseName = randomDatabaseName();
  const opened: Database[] = [];
  const sent: SentCommand[] = [];
  let server: Awaited<ReturnType<typeof launchDatabase>> | undefined;
  let context: TestDatabase | undefined;

  beforeAll(async () => {
    server = await launchDatabase({ dataFolder: undefined, environment: process.env });
    const { uri } = server;
    const connect = (name = databaseName): Database => {
      const database = createDatabase({
        uri,
        databaseName: name,
        logger: silentLogger,
        minPoolSize: 0,
        onCommand: (command) => sent.push(command),
      });
      opened.push(database);
      return database;
    };
    context = { uri, sent, connect, database: connect() };
    if (options.isMigrated !== false) await migrate(context.database, { logger: silentLogger });
  });

  afterAll(async () => {
    try {
      await context?.database.run((db) => db.dropDatabase());
      for (const database of opened) await database.close();
    } finally {
      await server?.stop();
    }
  });

  return () => {
    if (context === undefined) throw new Error("the database is there from the first test on");
    return context;
  };
}

let made = 0;

/** An id that no other test has; later ones sort behind. */
export function newId(prefix: string): string {
  made += 1;
  return `${prefix}_${String(made).padStart(26, "0")}`;
}

export const start = new Date("2026-11-21T12:00:00.000Z");

export function at(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1_000);
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_unused, index) => make(index));
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

export function newImage(changes: Partial<Image> = {}): Image {
  return {
    _id: newId("img"),
    user_id: "user_a",
    index: 0,
    service: "blob",
    copies: [{ service: "blob", verified_at: start }],
    sha256: newId("sha"),
    width: 8,
    height: 8,
    size: 100,
    mime_type: "image/png",
    generated: true,
    caption: null,
    prompt: null,
    tags: [],
    created_at: start,
    updated_at: start,
    ...changes,
  };
}

export function newGeneration(changes: Partial<Generation> = {}): Generation {
  return {
    _id: newId("gen"),
    user_id: "user_a",
    kind: "text_to_image",
    prompt: "a lighthouse",
    negative_prompt: null,
    model_type: "simulated:muse-image",
    image_size: "512x512",
    num_images: 1,
    guidance_scale: null,
    num_inference_steps: null,
    seed: 7,
    status: "pending",
    progress: 0,
    provider: "simulated",
    result_urls: [],
    blob_urls: [],
    image_ids: [],
    attempts: 0,
    is_open: true,
    cost_credits: 1,
    tags: [],
    metadata: {},
    created_at: start,
    updated_at: start,
    ...changes,
  };
}
