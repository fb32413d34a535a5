import type { Document } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

describe("declaring", () => {
  it("lists indexes as they were given, with the server's names", async () => {
    const collection = await server().collection();
    await collection.createIndexes([
      { key: { user_id: 1, created_at: -1 } },
      { key: { email: 1 }, unique: true, sparse: true },
      { key: { expires_at: 1 }, expireAfterSeconds: 0, name: "ttl" },
      { key: { "share.token": 1 }, unique: true, partialFilterExpression: { "share.token": { $exists: true } } },
    ]);
    expect(await collection.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: "_id_" },
      { v: 2, key: { user_id: 1, created_at: -1 }, name: "user_id_1_created_at_-1" },
      { v: 2, key: { email: 1 }, name: "email_1", unique: true, sparse: true },
      { v: 2, key: { expires_at: 1 }, name: "ttl", expireAfterSeconds: 0 },
      {
        v: 2,
        key: { "share.token": 1 },
        name: "share.token_1",
        unique: true,
        partialFilterExpression: { "share.token": { $exists: true } },
      },
    ]);
    const compound = (await collection.indexes())[1];
    expect(Object.keys(compound?.key ?? {})).toEqual(["user_id", "created_at"]);
  });

  it("lists a text index with its weights", async () => {
    const collection = await server().collection();
    await collection.createIndex(
      { text: "text", "metadata.prompt": "text" },
      { weights: { text: 3 }, default_language: "none", name: "words" },
    );
    expect((await collection.indexes())[1]).toEqual({
      v: 2,
      key: { _fts: "text", _ftsx: 1 },
      name: "words",
      weights: { "metadata.prompt": 1, text: 3 },
      default_language: "none",
      language_override: "language",
      textIndexVersion: 3,
    });
  });

  it("takes the same index again for done", async () => {
    const collection = await server().collection();
    await collection.createIndex({ a: 1 }, { sparse: true });
    const command = {
      createIndexes: collection.collectionName,
      indexes: [{ key: { a: 1 }, name: "a_1", sparse: true }],
    };
    expect(await server().db.command(command)).toMatchObject({ numIndexesBefore: 2, numIndexesAfter: 2, ok: 1 });
  });

  it.each<[string, Document, Document, number]>([
    ["the same name for other keys", { key: { b: 1 }, name: "a_1" }, {}, 86],
    ["the same name and keys, now unique", { key: { a: 1 }, name: "a_1", unique: true }, {}, 86],
    ["the same keys under another name", { key: { a: 1 }, name: "other" }, {}, 85],
    ["another expiry", { key: { a: 1 }, name: "a_1", expireAfterSeconds: 60 }, { expireAfterSeconds: 5 }, 85],
    ["an unknown option", { key: { c: 1 }, name: "c_1", nothing: 1 }, {}, 197],
    ["an expiry over two fields", { key: { c: 1, d: 1 }, name: "c", expireAfterSeconds: 1 }, {}, 67],
    [
      "sparse and partial at once",
      { key: { c: 1 }, name: "c", sparse: true, partialFilterExpression: { c: 1 } },
      {},
      67,
    ],
    ["a partial filter with $ne", { key: { c: 1 }, name: "c", partialFilterExpression: { c: { $ne: 1 } } }, {}, 67],
  ])("refuses %s", async (_name, index, options, code) => {
    const collection = await server().collection();
    await collection.createIndex({ a: 1 }, options);
    const command = { createIndexes: collection.collectionName, indexes: [index] };
    expect((await refusal(server().db.command(command))).code).toBe(code);
    expect(await collection.indexes()).toHaveLength(2);
  });

  it("drops by name and all at once, but never that of _id", async () => {
    const collection = await server().collection();
    await collection.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { c: 1 } }]);
    await collection.dropIndex("a_1");
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(["_id_", "b_1", "c_1"]);
    expect((await refusal(collection.dropIndex("a_1"))).code).toBe(27);
    expect((await refusal(collection.dropIndex("_id_"))).code).toBe(72);
    await collection.dropIndexes();
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(["_id_"]);
  });

  it("knows no indexes of a collection that is not there", async () => {
    expect((await refusal(server().db.collection("nowhere").indexes())).code).toBe(26);
  });
});

describe("unique", () => {
  it("refuses a second one with its key, in an insert, an update and an upsert", async () => {
    const collection = await server().collection([
      { _id: 1, email: "a", n: 1 },
      { _id: 2, email: "b", n: 1 },
    ]);
    await collection.createIndex({ email: 1 }, { unique: true });
    const expected = { code: 11000, keyPattern: { email: 1 }, keyValue: { email: "a" } };
    expect(await refusal(collection.insertOne({ email: "a" }))).toMatchObject(expected);
    expect(await refusal(collection.updateOne({ email: "b" }, { $set: { email: "a" } }))).toMatchObject(expected);
    expect(await refusal(collection.findOneAndUpdate({ email: "b" }, { $set: { email: "a" } }))).toMatchObject(
      expected,
    );
    expect(
      await refusal(collection.updateOne({ email: "a", n: 9 }, { $set: { x: 1 } }, { upsert: true })),
    ).toMatchObject(expected);
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, email: "a", n: 1 },
      { _id: 2, email: "b", n: 1 },
    ]);
  });

  it("names a duplicate _id", async () => {
    const collection = await server().collection([{ _id: "x" }]);
    const found = await refusal(collection.insertOne({ _id: "x" as never }));
    expect(found).toMatchObject({ code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: "x" } });
    expect(found.message).toContain("E11000 duplicate key error collection");
  });

  it("counts a missing field as null, unless it is sparse", async () => {
    const collection = await server().collection([{ _id: 1 }]);
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.createIndex({ b: 1 }, { unique: true, sparse: true });
    expect(await refusal(collection.insertOne({ b: 1 }))).toMatchObject({ code: 11000, keyValue: { a: null } });
    await collection.insertOne({ a: 1 });
    await collection.insertOne({ a: 2, b: null });
    expect(await refusal(collection.insertOne({ a: 3, b: null }))).toMatchObject({
      code: 11000,
      keyValue: { b: null },
    });
  });

  it("a compound sparse index leaves out only what has none of its fields", async () => {
    const collection = await server().collection([{ a: 1 }, {}, {}]);
    await collection.createIndex({ a: 1, b: 1 }, { unique: true, sparse: true });
    expect((await refusal(collection.insertOne({ a: 1 }))).code).toBe(11000);
  });

  it("watches only what a partial filter takes in", async () => {
    const collection = await server().collection([
      { _id: 1, k: "a", open: true },
      { _id: 2, k: "a" },
    ]);
    await collection.createIndex({ k: 1 }, { unique: true, partialFilterExpression: { open: true } });
    await collection.insertOne({ k: "a" });
    expect((await refusal(collection.updateOne({ _id: 2 as never }, { $set: { open: true } }))).code).toBe(11000);
    await collection.updateOne({ _id: 1 as never }, { $set: { open: false } });
    await collection.updateOne({ _id: 2 as never }, { $set: { open: true } });
  });

  it("watches the elements of arrays, once a document", async () => {
    const collection = await server().collection();
    await collection.createIndex({ tags: 1 }, { unique: true });
    await collection.insertOne({ tags: ["a", "a", "b"] });
    expect(await refusal(collection.insertOne({ tags: ["c", "b"] }))).toMatchObject({
      code: 11000,
      keyValue: { tags: "b" },
    });
  });

  it("cannot be built over duplicates", async () => {
    const collection = await server().collection([{ a: 1 }, { a: 1 }]);
    expect((await refusal(collection.createIndex({ a: 1 }, { unique: true }))).code).toBe(11000);
    expect(await collection.indexes()).toHaveLength(1);
  });

  it("in an unordered batch lets the others in, in an ordered one those before", async () => {
    const collection = await server().collection();
    const batch = () => [{ _id: 1 as never }, { _id: 1 as never }, { _id: 2 as never }];
    const unordered = await collection.insertMany(batch(), { ordered: false }).catch((error) => error);
    expect([unordered.insertedCount, unordered.writeErrors.length, unordered.writeErrors[0].index]).toEqual([2, 1, 1]);
    await collection.deleteMany({});
    const ordered = await collection.insertMany(batch()).catch((error) => error);
    expect([ordered.insertedCount, ordered.code]).toEqual([1, 11000]);
  });
});

describe("expiry", () => {
  it("removes what has expired, and only that", async () => {
    const collection = await server().collection([
      { _id: "past", at: new Date(Date.now() - 10_000) },
      { _id: "future", at: new Date(Date.now() + 3_600_000) },
      { _id: "none" },
      { _id: "text", at: "2000-01-01" },
    ]);
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    const deadline = Date.now() + (process.env.MONGODB_URI ? 90_000 : 15_000);
    while ((await collection.countDocuments()) === 4 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([
      "future",
      "none",
      "text",
    ]);
  }, 100_000);

  it("can be changed by collMod", async () => {
    const collection = await server().collection();
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 100 });
    await server().db.command({ collMod: collection.collectionName, index: { name: "at_1", expireAfterSeconds: 200 } });
    expect((await collection.indexes())[1]?.expireAfterSeconds).toBe(200);
  });
});

describe("answers are the same with and without an index", () => {
  const documents: Document[] = [
    { _id: 1, a: 5, b: "x" },
    { _id: 2, a: "5", b: null },
    { _id: 3, a: [1, 9], b: "y" },
    { _id: 4, b: "x" },
    { _id: 5, a: null },
    { _id: 6, a: new Date(0), b: "z" },
    { _id: 7, a: { k: 1 }, b: ["x", "z"] },
    { _id: 8, a: [], b: "x" },
    { _id: 9, a: 7.5, b: "xa" },
    { _id: 10, a: [{ k: 1 }, { k: 2 }], b: "Y" },
    { _id: 11, a: true },
    { _id: 12, a: -3, b: "x" },
  ];
  const filters: Document[] = [
    { a: 5 },
    { a: null },
    { a: { $ne: null } },
    { a: { $exists: true } },
    { a: { $exists: false } },
    { a: { $gt: 4 } },
    { a: { $gt: 0, $lt: 6 } },
    { a: { $gte: 2, $lte: 8 } },
    { a: { $in: [5, "5", null] } },
    { a: { $nin: [5, 9] } },
    { a: { $gte: "" } },
    { a: { $lt: new Date(1) } },
    { a: { k: 1 } },
    { a: [] },
    { a: [1, 9] },
    { "a.k": 2 },
    { a: { $all: [1, 9] } },
    { a: { $size: 2 } },
    { a: { $elemMatch: { $gt: 5 } } },
    { b: /^x/ },
    { b: { $regex: "^x", $options: "i" } },
    { a: { $type: "number" } },
    { a: { $not: { $gt: 4 } } },
    { a: { $gt: 0 }, b: "x" },
    { b: "x", a: { $lt: 6 } },
    { $or: [{ a: 5 }, { b: "z" }] },
    { $or: [{ a: 5 }, { c: 1 }] },
    { b: { $in: ["x", /^Y/] } },
    { a: true },
    { a: { $lte: null } },
    { a: { $mod: [5, 0] } },
    { $and: [{ a: { $gt: 1 } }, { a: { $lt: 10 } }] },
    { a: { $gt: 100, $lt: 0 } },
  ];
  const keys: Document[] = [{ a: 1 }, { a: -1 }, { b: 1, a: 1 }, { a: -1, b: 1 }, { "a.k": 1 }];

  it.each(keys)("%j", async (key) => {
    const plain = await server().collection(documents);
    const indexed = await server().collection(documents);
    await indexed.createIndex(key as never);
    for (const filter of filters) {
      const sort = { b: 1, a: -1, _id: 1 } as const;
      const expected = (await plain.find(filter).sort(sort).toArray()).map(({ _id }) => _id);
      const found = (await indexed.find(filter).sort(sort).toArray()).map(({ _id }) => _id);
      expect(found, JSON.stringify(filter)).toEqual(expected);
      expect(new Set((await indexed.find(filter).toArray()).map(({ _id }) => _id)), JSON.stringify(filter)).toEqual(
        new Set(expected),
      );
    }
  });

  it("stays right while documents change", async () => {
    const collection = await server().collection(
      Array.from({ length: 300 }, (_, _id) => ({ _id, a: _id % 7, b: _id })),
    );
    await collection.createIndex({ a: 1, b: -1 });
    await collection.updateMany({ a: 3 }, { $set: { a: 10 } });
    await collection.deleteMany({ a: { $gte: 5, $lt: 10 } });
    await collection.updateMany({ b: { $lt: 20 } }, { $inc: { a: 1 } });
    const all = await collection.find().toArray();
    for (const a of [0, 1, 2, 3, 4, 5, 10, 11]) {
      const expected = all
        .filter((document) => document.a === a)
        .map(({ b }) => b)
        .toSorted((x, y) => y - x);
      const found = await collection.find({ a }).sort({ b: -1 }).toArray();
      expect(found.map(({ b }) => b)).toEqual(expected);
    }
  });

  it("refuses two arrays in one compound index", async () => {
    const collection = await server().collection();
    await collection.createIndex({ a: 1, b: 1 });
    expect((await refusal(collection.insertOne({ a: [1], b: [2] }))).code).toBe(171);
  });
});
