import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { Database } from "../../../src/database/client.ts";
import { collectionDeclarations } from "../../../src/database/collections.ts";
import { checkIndexes } from "../../../src/database/index-check.ts";
import type { Migration } from "../../../src/database/migrations/migration.ts";
import { migrate, rollback } from "../../../src/database/migrations/runner.ts";
import { seedScale } from "../../../src/local/seed/scale.ts";
import { randomDatabaseName, rejection, silentLogger, times, useDatabase } from "./support.ts";

const context = useDatabase({ isMigrated: false });
const options = { logger: silentLogger };
const noDrift = { missing: [], unexpected: [], different: [] };

const names: string[] = [];

/** The name of a database that goes after the test. */
function newName(): string {
  const name = randomDatabaseName();
  names.push(name);
  return name;
}

afterEach(async () => {
  for (const name of names.splice(0)) await context().database.run((db) => db.client.db(name).dropDatabase());
});

async function collectionNames(database: Database): Promise<string[]> {
  const found = await database.run((db) => db.listCollections({}, { nameOnly: true }).toArray());
  return found.map((collection) => collection.name).sort();
}

/** Muse's own, in order. */
const steps = ["0001-collections-and-indexes", "0002-images-accounts-and-billing", "0003-image-content-keys"];

describe("migrating", () => {
  it("adds to a database of an earlier version what was declared since", async () => {
    const database = context().connect(newName());
    await migrate(database, options);
    await rollback(database, { ...options, to: 1 });
    await database.run((db) => db.collection("images").dropIndexes());
    await database.run((db) => db.collection("subscriptions").drop());
    expect(await migrate(database, options)).toEqual(steps.slice(1));
    expect(await checkIndexes(database)).toEqual(noDrift);
  });

  it("makes every collection and index, and has nothing to do the next time", async () => {
    const database = context().connect(newName());
    expect(await migrate(database, options)).toEqual(steps);
    expect(await collectionNames(database)).toEqual(collectionDeclarations.map(({ name }) => name).sort());
    expect(await checkIndexes(database)).toEqual(noDrift);

    context().sent.splice(0);
    expect(await migrate(database, options)).toEqual([]);
    expect(context().sent.map((command) => command.name)).toEqual(["find"]);
  });

  it("happens once when several instances start together", async () => {
    const name = newName();
    const instances = times(4, () => context().connect(name));
    const applied = await Promise.all(instances.map((database) => migrate(database, options)));
    expect(applied.flat()).toEqual(steps);
    expect(await checkIndexes(context().connect(name))).toEqual(noDrift);
  });

  it("goes back without losing a document, and forth again", async () => {
    const database = context().connect(newName());
    await migrate(database, options);
    const users = database.collection<{ _id: string; email: string }>("users");
    await users.run((collection) => collection.insertOne({ _id: "user_a", email: "a@example.com" }));

    expect(await rollback(database, options)).toEqual(steps.slice(-1));
    expect(await rollback(database, { ...options, to: 0 })).toEqual(steps.slice(0, -1).reverse());
    expect(await rollback(database, options)).toEqual([]);
    expect(await collectionNames(database)).toEqual(["job_locks", "migrations", "users"]);
    expect(await users.run((collection) => collection.indexes())).toHaveLength(1);

    expect(await migrate(database, options)).toEqual(steps);
    expect(await users.run((collection) => collection.findOne({ _id: "user_a" }))).not.toBeNull();
    expect(await checkIndexes(database)).toEqual(noDrift);
  });

  it("waits no longer than its patience for another instance", async () => {
    const name = newName();
    const [first, second] = [context().connect(name), context().connect(name)];
    const began = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const slow: Migration = {
      ...stepOf(1, []),
      up: () => {
        began.resolve();
        return end.promise;
      },
    };
    const running = migrate(first, { ...options, steps: [slow] });
    await began.promise;
    expect(await rejection(migrate(second, { ...options, patienceMs: 150 }))).toMatchObject({ code: "unavailable" });
    end.resolve();
    expect(await running).toEqual(["0001-step-1"]);
  });
});

function stepOf(number: number, log: string[]): Migration {
  return {
    number,
    name: `step-${number}`,
    up: async () => {
      log.push(`up ${number}`);
    },
    down: async () => {
      log.push(`down ${number}`);
    },
  };
}

describe("several migrations", () => {
  it("run in order, each once, and go back in the opposite one", async () => {
    const database = context().connect(newName());
    const log: string[] = [];
    const steps = [1, 2, 3].map((number) => stepOf(number, log));
    await migrate(database, { ...options, steps: steps.slice(0, 1) });
    await migrate(database, { ...options, steps });
    expect(await rollback(database, { ...options, steps })).toEqual(["0003-step-3"]);
    expect(await rollback(database, { ...options, steps, to: 0 })).toEqual(["0002-step-2", "0001-step-1"]);
    expect(log).toEqual(["up 1", "up 2", "up 3", "down 3", "down 2", "down 1"]);
  });

  it("go on after one that failed, which is not recorded and holds no lock", async () => {
    const database = context().connect(newName());
    const log: string[] = [];
    const broken: Migration = { ...stepOf(2, log), up: () => Promise.reject(new Error("broken")) };
    expect(await rejection(migrate(database, { ...options, steps: [stepOf(1, log), broken] }))).toMatchObject({
      message: "broken",
    });
    const repaired = [stepOf(1, log), stepOf(2, log)];
    expect(await migrate(database, { ...options, steps: repaired, patienceMs: 0 })).toEqual(["0002-step-2"]);
    expect(log).toEqual(["up 1", "up 2"]);
  });

  it("leave a database alone that is ahead of the code, and do not take back what they do not know", async () => {
    const database = context().connect(newName());
    await migrate(database, { ...options, steps: [stepOf(1, []), stepOf(2, [])] });
    expect(await migrate(database, { ...options, steps: [stepOf(1, [])] })).toEqual([]);
    expect(await rejection(rollback(database, { ...options, steps: [stepOf(1, [])] }))).toBeInstanceOf(Error);
  });
});

describe("the index check", () => {
  it("names what is missing, unexpected and different", async () => {
    const database = context().connect(newName());
    await migrate(database, options);
    await database.run(async (db) => {
      await db.collection("users").dropIndex("email_1");
      await db.collection("users").createIndex({ full_name: 1 });
      await db.collection("sessions").dropIndex("expires_at_1");
      await db.collection("sessions").createIndex({ expires_at: 1 }, { expireAfterSeconds: 60 });
      await db.collection("api_keys").drop();
    });
    expect(await checkIndexes(database)).toEqual({
      missing: ["users.email_1", "api_keys.key_hash_1", "api_keys.user_id_1__id_-1"],
      unexpected: ["users.full_name_1"],
      different: ["sessions.expires_at_1 (expireAfterSeconds is 60, declared 0)"],
    });
  });
});

describe("the capacity data set", () => {
  it("adds nothing when it is there already", async () => {
    const database = context().connect(newName());
    await migrate(database, options);
    const seen: string[] = [];
    const seed = () => seedScale(database, { share: 0.002, onProgress: ({ collection }) => seen.push(collection) });
    const counts = await seed();
    expect(counts).toEqual({ users: 2, conversations: 20, messages: 1_000, memories: 200, files: 100 });
    await seed();
    const countOf = (name: string) => database.collection(name).run((collection) => collection.countDocuments());
    expect(await countOf("messages")).toBe(1_000);
    expect(await countOf("conversations")).toBe(20);
    expect(new Set(seen)).toEqual(new Set(["users", "conversations", "messages", "chatbot_memory", "uploaded_files"]));
  });
});

describe("the database script", () => {
  const script = fileURLToPath(new URL("../../../scripts/database.ts", import.meta.url));

  async function run(environment: Record<string, string>, ...parameters: string[]) {
    const env = { PATH: process.env.PATH ?? "", ...environment };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...parameters], { env });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  it("migrates, checks, seeds and goes back, one line a thing", async () => {
    const databaseName = newName();
    const environment = { MONGODB_URI: context().uri, MONGODB_DATABASE: databaseName };
    expect(await run(environment, "check")).toMatchObject({ code: 1 });
    expect(await run(environment, "migrate")).toEqual({
      code: 0,
      stdout: steps.map((step) => `applied ${step}\n`).join(""),
      stderr: "",
    });
    expect(await run(environment, "check")).toEqual({ code: 0, stdout: "all indexes are as declared\n", stderr: "" });
    const seeded = await run(environment, "seed");
    expect(seeded).toMatchObject({ code: 0, stderr: "" });
    expect(seeded.stdout).toContain("added ada@example.com");
    expect((await run(environment, "seed")).stdout).toContain("there already");

    const database = context().connect(databaseName);
    await database.run((db) => db.collection("users").dropIndex("is_active_1"));
    expect(await run(environment, "check")).toEqual({ code: 1, stdout: "missing users.is_active_1\n", stderr: "" });
    expect(await run(environment, "rollback", "--to", "0")).toMatchObject({
      code: 0,
      stdout: steps
        .map((step) => `took back ${step}\n`)
        .reverse()
        .join(""),
    });
  });

  it("tells what is wrong in one line", async () => {
    const environment = { MONGODB_URI: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100" };
    const results = await Promise.all([
      run({}, "check"),
      run(environment, "no-such-command"),
      run(environment, "rollback", "--to", "x"),
      run({ ...environment, NODE_ENV: "production" }, "seed"),
    ]);
    for (const { code, stdout, stderr } of results) {
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(results[0]?.stderr).toContain("MONGODB_URI");
  });
});
