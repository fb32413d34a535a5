import { type Document, Long, ObjectId } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

describe("collections and databases", () => {
  it("are made by the first write, listed, and dropped", async () => {
    const { db } = server();
    await db.collection("made").insertOne({ a: 1 });
    await db.createCollection("created");
    const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["made", "created"]));
    expect((await db.listCollections({ name: "made" }).toArray())[0]).toMatchObject({
      type: "collection",
      idIndex: { name: "_id_", key: { _id: 1 } },
    });
    expect((await db.admin().listDatabases()).databases.map(({ name }) => name)).toContain(db.databaseName);
    await db.collection("made").drop();
    expect(await db.listCollections({ name: "made" }).toArray()).toEqual([]);
    expect(await db.collection("made").countDocuments()).toBe(0);
  });

  it("answer for their size", async () => {
    const collection = await server().collection([{ a: 1 }, { a: 2 }]);
    expect(await server().db.command({ collStats: collection.collectionName })).toMatchObject({
      count: 2,
      nindexes: 1,
    });
    expect((await server().db.stats()).objects).toBeGreaterThanOrEqual(2);
    expect(await collection.estimatedDocumentCount()).toBe(2);
  });

  it("cannot have an impossible name", async () => {
    expect((await refusal(server().db.command({ insert: "a$b", documents: [{ a: 1 }] }))).code).toBe(73);
    expect((await refusal(server().db.command({ insert: "", documents: [{ a: 1 }] }))).code).toBe(73);
  });
});

describe("inserts", () => {
  it("keep every type and the order of fields", async () => {
    const collection = await server().collection();
    const document = {
      _id: new ObjectId(),
      z: 1,
      a: [1, [2, { b: null }]],
      d: new Date(5),
      r: /x/i,
      l: Long.MAX_VALUE,
      e: {},
      t: "ä😀",
      f: 1.5,
      n: -0.5,
    };
    await collection.insertOne(document);
    const found = await collection.findOne({});
    expect(found).toEqual(document);
    expect(Object.keys(found ?? {})).toEqual(Object.keys(document));
  });

  it("put _id first and make one if there is none", async () => {
    const collection = await server().collection();
    await server().db.command({ insert: collection.collectionName, documents: [{ a: 1, _id: "x" }, { b: 2 }] });
    const [first, second] = await collection.find().toArray();
    expect(Object.keys(first ?? {})).toEqual(["_id", "a"]);
    expect(second?._id).toBeInstanceOf(ObjectId);
  });

  it("refuse an array for _id", async () => {
    const collection = await server().collection();
    expect((await refusal(collection.insertOne({ _id: [1] as never }))).code).toBe(53);
  });

  it("take a thousand documents at once", async () => {
    const collection = await server().collection(Array.from({ length: 1000 }, (_, n) => ({ n })));
    expect(await collection.countDocuments({ n: { $gte: 500 } })).toBe(500);
  });
});

describe("reads", () => {
  it("count with skip and limit", async () => {
    const collection = await server().collection([{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect([
      await collection.countDocuments({ a: 1 }),
      await collection.countDocuments({}, { skip: 1 }),
      await collection.countDocuments({}, { limit: 2 }),
    ]).toEqual([2, 2, 2]);
  });

  it("give distinct values, those of arrays one by one", async () => {
    const collection = await server().collection([
      { t: ["a", "b"], k: 1 },
      { t: "a", k: 1 },
      { t: "c", k: 2 },
      { k: 1 },
    ]);
    expect((await collection.distinct("t")).toSorted()).toEqual(["a", "b", "c"]);
    expect((await collection.distinct("t", { k: 1 })).toSorted()).toEqual(["a", "b"]);
  });

  it("go on in batches and end a cursor that is closed", async () => {
    const collection = await server().collection(Array.from({ length: 500 }, (_, _id) => ({ _id })));
    const cursor = collection.find().batchSize(10);
    await cursor.next();
    const id = cursor.id;
    expect(id?.isZero()).toBe(false);
    await cursor.close();
    const more = server().db.command({ getMore: id, collection: collection.collectionName });
    expect((await refusal(more)).code).toBe(43);
  });

  it("give documents that together are larger than one message", async () => {
    const text = "x".repeat(3_000_000);
    const collection = await server().collection(Array.from({ length: 9 }, (_, _id) => ({ _id, text })));
    expect((await collection.find().toArray()).map((document) => document.text.length)).toEqual(
      Array(9).fill(text.length),
    );
  });

  it("tolerate what drivers attach", async () => {
    const collection = await server().collection([{ a: 1 }]);
    const found = await collection
      .find(
        {},
        {
          readPreference: "primaryPreferred",
          readConcern: { level: "majority" },
          maxTimeMS: 10_000,
          comment: "test",
          allowDiskUse: true,
        },
      )
      .toArray();
    expect(found).toHaveLength(1);
    await collection.insertOne({ a: 2 }, { writeConcern: { w: "majority" } });
    expect(await collection.countDocuments()).toBe(2);
  });
});

describe("bulk writes and deletions", () => {
  it("do all kinds in order", async () => {
    const collection = await server().collection([
      { _id: 1, a: 1 },
      { _id: 2, a: 1 },
      { _id: 3, a: 1 },
    ]);
    const result = await collection.bulkWrite([
      { insertOne: { document: { _id: 4 as never, a: 2 } } },
      { updateOne: { filter: { _id: 1 as never }, update: { $set: { a: 5 } } } },
      { updateMany: { filter: { a: 1 }, update: { $inc: { a: 1 } } } },
      { deleteOne: { filter: { _id: 4 as never } } },
      { replaceOne: { filter: { _id: 9 as never }, replacement: { b: 1 }, upsert: true } },
    ]);
    expect([result.insertedCount, result.modifiedCount, result.deletedCount, result.upsertedCount]).toEqual([
      1, 3, 1, 1,
    ]);
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, a: 5 },
      { _id: 2, a: 2 },
      { _id: 3, a: 2 },
      { _id: 9, b: 1 },
    ]);
  });

  it("delete one or many", async () => {
    const collection = await server().collection([{ a: 1 }, { a: 1 }, { a: 2 }]);
    expect((await collection.deleteOne({ a: 1 })).deletedCount).toBe(1);
    expect((await collection.deleteMany({})).deletedCount).toBe(2);
    expect((await collection.deleteMany({})).deletedCount).toBe(0);
  });

  it("take an unacknowledged write", async () => {
    const collection = await server().collection();
    await collection.insertOne({ _id: 1 as never }, { writeConcern: { w: 0 } });
    const deadline = Date.now() + 5000;
    while ((await collection.countDocuments()) === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await collection.countDocuments()).toBe(1);
  });
});

describe("sessions and administration", () => {
  it("sessions are taken", async () => {
    const collection = await server().collection();
    await server().client.withSession(async (session) => {
      await collection.insertOne({ a: 1 }, { session });
      expect(await collection.countDocuments({}, { session })).toBe(1);
    });
  });

  it.each<[string, Document]>([
    ["ping", { ping: 1 }],
    ["buildInfo", { buildInfo: 1 }],
    ["hello", { hello: 1 }],
    ["isMaster", { isMaster: 1 }],
    ["serverStatus", { serverStatus: 1 }],
    ["connectionStatus", { connectionStatus: 1 }],
  ])("%s answers", async (_name, command) => {
    expect((await server().client.db("admin").command(command)).ok).toBe(1);
  });

  it("an unknown command is refused", async () => {
    expect(await refusal(server().db.command({ nothing: 1 }))).toMatchObject({ code: 59, codeName: "CommandNotFound" });
  });

  it("an unknown field of a command is refused", async () => {
    expect((await refusal(server().db.command({ find: "x", nothing: 1 }))).code).toBe(40415);
  });

  it("a wrong type of an argument is refused", async () => {
    expect((await refusal(server().db.command({ find: "x", filter: 1 }))).code).toBe(14);
  });
});
