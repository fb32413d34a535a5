// Of the embedded server's own process: how it starts, ends, keeps its data, and what it alone refuses. None of this can
// be asked of a server in MONGODB_URI, so these tests always start their own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, statSync, truncateSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, Long, MongoClient } from "mongodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { launchDatabase, launchEmbedded, type RunningDatabase } from "../../../src/local/database/launch.ts";
import { eventually, refusal } from "./support.ts";

const launcher = fileURLToPath(new URL("../../../src/local/database/launcher.mjs", import.meta.url));
const launchModule = new URL("../../../src/local/database/launch.ts", import.meta.url).href;

let folder: string;
let cleanups: (() => Promise<void>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-embedded-test-"));
  cleanups = [];
});

afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  await rm(folder, { recursive: true, force: true });
});

async function start(onExit?: (reason: string) => void): Promise<RunningDatabase> {
  const running = await launchEmbedded({ dataFolder: folder, environment: process.env, onExit });
  cleanups.push(() => running.stop());
  return running;
}

async function connectTo(uri: string): Promise<MongoClient> {
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 3000 });
  cleanups.push(() => client.close());
  return client;
}

const logFile = () => {
  const [name = ""] = readdirSync(join(folder, "embedded")).filter((entry) => entry.endsWith(".bson-log"));
  return join(folder, "embedded", name);
};

async function processOf(client: MongoClient): Promise<number> {
  return (await client.db("admin").command({ serverStatus: 1 })).pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("data", () => {
  it("survives SIGKILL right after the acknowledgement, with its indexes", async () => {
    let reason: string | undefined;
    const running = await start((text) => {
      reason = text;
    });
    const client = await connectTo(running.uri);
    const collection = client.db("app").collection<Document>("things");
    await collection.createIndex({ name: 1 }, { unique: true });
    await collection.createIndex({ text: "text" });
    for (let n = 0; n < 200; n += 1) await collection.insertOne({ _id: n as never, name: `n${n}`, text: "some words" });
    await collection.updateOne({ _id: 1 as never }, { $set: { name: "changed" } });
    await collection.deleteOne({ _id: 2 as never });
    process.kill(await processOf(client), "SIGKILL");
    await eventually(async () => reason !== undefined, 5000);
    expect(reason).toContain("SIGKILL");

    const again = await connectTo((await start()).uri);
    const after = again.db("app").collection<Document>("things");
    expect(await after.countDocuments()).toBe(199);
    expect(await after.findOne({ _id: 1 as never })).toEqual({ _id: 1, name: "changed", text: "some words" });
    expect((await after.indexes()).map(({ name }) => name)).toEqual(["_id_", "name_1", "text_text"]);
    expect((await refusal(after.insertOne({ name: "n5" }))).code).toBe(11000);
    expect(await after.countDocuments({ $text: { $search: "words" } })).toBe(199);
  });

  it("is whole after a torn write at the end of the log", async () => {
    const first = await start();
    const client = await connectTo(first.uri);
    await client
      .db("app")
      .collection("things")
      .insertMany([{ n: 1 }, { n: 2 }]);
    await client.db("app").collection("things").insertOne({ n: 3 });
    await first.stop();
    truncateSync(logFile(), statSync(logFile()).size - 5);

    const second = await start();
    const again = (await connectTo(second.uri)).db("app").collection("things");
    expect((await again.find().toArray()).map(({ n }) => n)).toEqual([1, 2]);
    await again.insertOne({ n: 4 });
    await second.stop();
    appendFileSync(logFile(), Buffer.from([200, 0, 0, 0, 1, 2, 3]));

    const third = (await connectTo((await start()).uri)).db("app").collection("things");
    expect((await third.find().toArray()).map(({ n }) => n)).toEqual([1, 2, 4]);
  });

  it("is compacted at the start when most of the log is history", async () => {
    const first = await start();
    const counters = (await connectTo(first.uri)).db("app").collection<Document>("counters");
    await counters.createIndex({ n: 1 });
    await counters.insertOne({ _id: "c" as never, n: 0, text: "x".repeat(200) });
    await counters.bulkWrite(
      Array.from({ length: 1500 }, () => ({
        updateOne: { filter: { _id: "c" as never }, update: { $inc: { n: 1 } } },
      })),
    );
    await first.stop();
    const before = statSync(logFile()).size;
    const second = await start();
    const again = (await connectTo(second.uri)).db("app").collection<Document>("counters");
    expect(statSync(logFile()).size).toBeLessThan(before / 50);
    expect(await again.findOne({})).toMatchObject({ n: 1500 });
    expect(await again.indexes()).toHaveLength(2);
    await again.insertOne({ n: -1 });
    await second.stop();
    const third = (await connectTo((await start()).uri)).db("app").collection("counters");
    expect(await third.countDocuments()).toBe(2);
  });

  it("goes with a dropped collection and database", async () => {
    const first = await start();
    const client = await connectTo(first.uri);
    await client.db("one").collection("a").insertOne({ n: 1 });
    await client.db("one").collection("b").insertOne({ n: 1 });
    await client.db("two").collection("c").insertOne({ n: 1 });
    await client.db("one").collection("a").drop();
    await client.db("two").dropDatabase();
    await first.stop();
    const again = await connectTo((await start()).uri);
    expect((await again.db("admin").admin().listDatabases()).databases.map(({ name }) => name)).toEqual(["one"]);
    expect((await again.db("one").listCollections().toArray()).map(({ name }) => name)).toEqual(["b"]);
  });
});

describe("the process", () => {
  it("refuses a second server on the folder in one line, and takes over what a dead one left", async () => {
    const first = await start();
    const message = await start().then(
      () => "it started",
      (error: Error) => error.message,
    );
    expect(message).toMatch(/^[^\n]*in use by another server[^\n]*$/);
    const client = await connectTo(first.uri);
    process.kill(await processOf(client), "SIGKILL");
    const second = await start();
    expect((await (await connectTo(second.uri)).db("admin").command({ ping: 1 })).ok).toBe(1);
  });

  it("ends when the process that launched it is killed", async () => {
    const script = `import { launchEmbedded } from ${JSON.stringify(launchModule)};
      const running = await launchEmbedded({ dataFolder: ${JSON.stringify(folder)}, environment: process.env });
      process.stdout.write(running.uri + "\\n");
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    cleanups.push(async () => void parent.kill("SIGKILL"));
    const [uri] = (await once(parent.stdout, "data")) as [Buffer];
    const client = await connectTo(uri.toString().trim());
    const pid = await processOf(client);
    parent.kill("SIGKILL");
    await eventually(async () => !isAlive(pid), 5000);
    expect(isAlive(pid)).toBe(false);
  });

  it("ends on the shutdown command and on SIGINT", async () => {
    const reasons: string[] = [];
    const first = await start((reason) => reasons.push(reason));
    await (await connectTo(first.uri))
      .db("admin")
      .command({ shutdown: 1 })
      .catch(() => undefined);
    await eventually(async () => reasons.length === 1, 5000);
    const second = await start((reason) => reasons.push(reason));
    process.kill(await processOf(await connectTo(second.uri)), "SIGINT");
    await eventually(async () => reasons.length === 2, 5000);
    expect(reasons).toEqual(["the database ended with code 0", "the database ended with code 0"]);
  });

  it("answers --version as mongod does", async () => {
    const child: ChildProcess = spawn(process.execPath, [launcher, "--version"], { stdio: "pipe" });
    const [output] = (await once(child.stdout ?? child, "data")) as [Buffer];
    expect(output.toString()).toMatch(/^db version v\d+\.\d+\.\d+$/m);
  });

  it("stop() removes a temporary folder and a stopped server answers no more", async () => {
    const running = await launchEmbedded({ dataFolder: undefined, environment: process.env });
    expect(running.description).toContain("embedded development server");
    await running.stop();
    const late = MongoClient.connect(running.uri, { serverSelectionTimeoutMS: 300 });
    expect((await refusal(late)).message).toContain("ECONNREFUSED");
  });
});

describe("the choice of a server", () => {
  it("takes MONGODB_URI as it is", async () => {
    const running = await launchDatabase({
      dataFolder: undefined,
      environment: { MONGODB_URI: "mongodb://elsewhere/" },
    });
    expect(running.uri).toBe("mongodb://elsewhere/");
    await running.stop();
  });

  it("takes nothing else in production", async () => {
    const { message } = await refusal(
      launchDatabase({ dataFolder: undefined, environment: { NODE_ENV: "production" } }),
    );
    expect(message).toContain("MONGODB_URI");
    expect(message).not.toContain("\n");
  });

  it("runs what MONGOMS_SYSTEM_BINARY names, as mongodb-memory-server would", async () => {
    const running = await launchDatabase({
      dataFolder: folder,
      environment: { ...process.env, MONGODB_URI: "", MONGOMS_SYSTEM_BINARY: launcher },
    });
    cleanups.push(() => running.stop());
    expect(running.description).toContain("MONGOMS_SYSTEM_BINARY");
    expect((await (await connectTo(running.uri)).db("admin").command({ ping: 1 })).ok).toBe(1);
  });
});

describe("connections", () => {
  const garbage: [string, Buffer][] = [
    ["a length below a header's", Buffer.from([1, 0, 0, 0, 9, 9, 9, 9])],
    ["a negative length", Buffer.from([255, 255, 255, 255, 1, 2, 3, 4])],
    ["an unknown operation", Buffer.from([16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0])],
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")],
    [
      "a broken document",
      Buffer.from([31, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 221, 7, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 1, 2, 3, 4, 5, 0]),
    ],
  ];

  it("a malformed message ends its own connection and no other", async () => {
    const running = await start();
    const client = await connectTo(running.uri);
    const { hostname, port } = new URL(running.uri);
    for (const [name, bytes] of garbage) {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      const closed = once(socket, "close");
      socket.write(bytes);
      await closed;
      expect((await client.db("admin").command({ ping: 1 })).ok, name).toBe(1);
    }
  });
});

describe("what only a real server has is refused loudly", () => {
  it("with MongoDB's shape of an error", async () => {
    const running = await start();
    const client = await connectTo(running.uri);
    const db = client.db("app");
    const things = db.collection<Document>("things");
    await things.insertOne({ a: 1 });
    const codes = async (promises: Promise<unknown>[]) =>
      Promise.all(promises.map(async (promise) => (await refusal(promise)).code));
    expect(
      await codes([
        things.find({ $where: "true" }).toArray(),
        things.find({ a: { $near: [0, 0] } }).toArray(),
        things.find({ a: 1 }, { collation: { locale: "en" } }).toArray(),
        things.aggregate([{ $graphLookup: {} }]).toArray(),
        things.aggregate([{ $out: "other" }]).toArray(),
        things.aggregate([{ $setWindowFields: {} }]).toArray(),
        things.createIndex({ a: "hashed" }),
        things.createIndex({ "$**": 1 }),
        things.createIndex({ a: 1 }, { collation: { locale: "en" } }),
        db.createCollection("capped", { capped: true, size: 1000 }),
        db.createCollection("checked", { validator: { $jsonSchema: {} } }),
        db.command({ renameCollection: "app.things" }),
      ]),
    ).toEqual(Array(12).fill(238));
  });

  it("as transactions are on a single server", async () => {
    const client = await connectTo((await start()).uri);
    const session = client.startSession();
    const things = client.db("app").collection("things");
    try {
      session.startTransaction();
      expect((await refusal(things.insertOne({ a: 1 }, { session }))).message).toContain("does not support");
    } finally {
      await session.endSession();
    }
    const command = {
      insert: "things",
      documents: [{ a: 1 }],
      txnNumber: Long.fromNumber(1),
      startTransaction: true,
      autocommit: false,
    };
    expect((await refusal(client.db("app").command(command))).code).toBe(20);
    expect(await things.countDocuments()).toBe(0);
  });
});
