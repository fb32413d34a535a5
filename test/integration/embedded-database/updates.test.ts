import { type Document, Long } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

type Case = readonly [name: string, before: Document, update: Document, after: Document];

const operatorCases: readonly Case[] = [
  ["$set", { a: 1 }, { $set: { a: 2, b: "x" } }, { a: 2, b: "x" }],
  ["$set makes the objects on the way", {}, { $set: { "a.b.c": 1 } }, { a: { b: { c: 1 } } }],
  ["$set adds fields in the order of their names", {}, { $set: { z: 1, b: 2, a: 3 } }, { a: 3, b: 2, z: 1 }],
  ["$set of an element", { a: [1, 2, 3] }, { $set: { "a.1": 9 } }, { a: [1, 9, 3] }],
  ["$set beyond the end fills with null", { a: [1] }, { $set: { "a.3": 9 } }, { a: [1, null, null, 9] }],
  ["$unset", { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: "", "b.c": 1, nothing: 1 } }, { b: { d: 2 } }],
  ["$unset of an element leaves null", { a: [1, 2, 3] }, { $unset: { "a.1": 1 } }, { a: [1, null, 3] }],
  ["$inc", { a: 1, b: 1.5 }, { $inc: { a: 2, b: -1, c: 7 } }, { a: 3, b: 0.5, c: 7 }],
  ["$mul", { a: 3 }, { $mul: { a: 4, b: 5 } }, { a: 12, b: 0 }],
  ["$min and $max", { a: 5, b: 5, c: 5 }, { $min: { a: 3, b: 9, d: 1 }, $max: { c: 9 } }, { a: 3, b: 5, c: 9, d: 1 }],
  ["$max compares across types", { a: 5 }, { $max: { a: "x" } }, { a: "x" }],
  ["$min with null", { a: 5 }, { $min: { a: null } }, { a: null }],
  ["$rename", { a: 1, b: { c: 2 } }, { $rename: { a: "z", "b.c": "d", nothing: "more" } }, { b: {}, d: 2, z: 1 }],
  ["$push", { a: [1] }, { $push: { a: 2, b: 3 } }, { a: [1, 2], b: [3] }],
  ["$push of an array is one element", { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
  ["$push $each", { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  ["$push $position", { a: [1, 4] }, { $push: { a: { $each: [2, 3], $position: 1 } } }, { a: [1, 2, 3, 4] }],
  [
    "$push with a negative $position",
    { a: [1, 4] },
    { $push: { a: { $each: [2, 3], $position: -1 } } },
    { a: [1, 2, 3, 4] },
  ],
  ["$push $slice of the last", { a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: -3 } } }, { a: [2, 3, 4] }],
  ["$push $slice of the first", { a: [1, 2] }, { $push: { a: { $each: [3], $slice: 2 } } }, { a: [1, 2] }],
  ["$push $slice 0", { a: [1, 2] }, { $push: { a: { $each: [], $slice: 0 } } }, { a: [] }],
  ["$push $sort", { a: [3, 1] }, { $push: { a: { $each: [2], $sort: -1 } } }, { a: [3, 2, 1] }],
  [
    "$push $sort and $slice on a new array",
    {},
    { $push: { a: { $each: [{ n: 3 }, { n: 1 }, { n: 2 }], $sort: { n: 1 }, $slice: 2 } } },
    { a: [{ n: 1 }, { n: 2 }] },
  ],
  ["$addToSet", { a: [1] }, { $addToSet: { a: 1, b: 2 } }, { a: [1], b: [2] }],
  ["$addToSet $each", { a: [1] }, { $addToSet: { a: { $each: [1, 2, 2] } } }, { a: [1, 2] }],
  [
    "$addToSet of an object minds the order of fields",
    { a: [{ x: 1, y: 2 }] },
    {
      $addToSet: {
        a: {
          $each: [
            { x: 1, y: 2 },
            { y: 2, x: 1 },
          ],
        },
      },
    },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 },
      ],
    },
  ],
  ["$pull of a value", { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  ["$pull by operators", { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
  ["$pull by fields of the elements", { a: [{ x: 1, y: 1 }, { x: 2 }] }, { $pull: { a: { x: 1 } } }, { a: [{ x: 2 }] }],
  ["$pull with $in", { a: ["x", "y", "z"] }, { $pull: { a: { $in: ["x", "z"] } } }, { a: ["y"] }],
  ["$pull where nothing is", { b: 1 }, { $pull: { a: 1 } }, { b: 1 }],
  ["$pullAll", { a: [1, 2, 3, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
  ["$pop last and first", { a: [1, 2, 3], b: [1, 2, 3] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2, 3] }],
  ["$bit", { a: 13, b: 3 }, { $bit: { a: { and: 10 }, b: { or: 4 } } }, { a: 8, b: 7 }],
  ["$setOnInsert does nothing to what is there", { a: 1 }, { $setOnInsert: { a: 9 }, $set: { b: 1 } }, { a: 1, b: 1 }],
  ["a numeric name in an object is a field", { a: { "0": 1 } }, { $set: { "a.1": 2 } }, { a: { "0": 1, "1": 2 } }],
];

describe("update operators", () => {
  it.each(operatorCases)("%s", async (_name, before, update, after) => {
    const collection = await server().collection([{ _id: 1, ...before }]);
    const result = await collection.updateOne({ _id: 1 as never }, update);
    const found = await collection.findOne({});
    expect(result.matchedCount).toBe(1);
    expect(found).toEqual({ _id: 1, ...after });
    expect(Object.keys(found ?? {})).toEqual(["_id", ...Object.keys(after)]);
  });

  it("sets the current date", async () => {
    const collection = await server().collection([{ _id: 1 }]);
    const before = Date.now();
    await collection.updateOne(
      {},
      { $currentDate: { at: true as never, also: { $type: "date" }, stamp: { $type: "timestamp" } } },
    );
    const found = await collection.findOne({});
    expect(Math.abs(found?.at.getTime() - before)).toBeLessThan(60_000);
    expect(found?.also).toBeInstanceOf(Date);
    expect(found?.stamp._bsontype).toBe("Timestamp");
  });

  it("counts a document that an update leaves as it was as matched, not modified", async () => {
    const collection = await server().collection([{ _id: 1, a: 1 }]);
    const { matchedCount, modifiedCount } = await collection.updateOne({}, { $set: { a: 1 } });
    expect([matchedCount, modifiedCount]).toEqual([1, 0]);
  });

  it("adds to 64-bit integers exactly", async () => {
    const collection = await server().collection([{ _id: 1, n: Long.fromString("9007199254740992") }]);
    await collection.updateOne({}, { $inc: { n: 1 } });
    const found = await collection.findOne({}, { promoteLongs: false });
    expect(found?.n.toString()).toBe("9007199254740993");
  });

  it("changes all matching documents with updateMany", async () => {
    const collection = await server().collection([{ k: 1 }, { k: 1 }, { k: 2 }]);
    const { matchedCount, modifiedCount } = await collection.updateMany({ k: 1 }, { $set: { done: true } });
    expect([matchedCount, modifiedCount, await collection.countDocuments({ done: true })]).toEqual([2, 2, 2]);
  });

  it("replaces a document and keeps its _id", async () => {
    const collection = await server().collection([{ _id: 1, a: 1 }]);
    await collection.replaceOne({ a: 1 }, { b: 2 });
    expect(await collection.findOne({})).toEqual({ _id: 1, b: 2 });
  });
});

describe("arrays by position", () => {
  const order = {
    _id: 1,
    items: [
      { id: "a", n: 1 },
      { id: "b", n: 2 },
      { id: "b", n: 3 },
    ],
    marks: [10, 60, 90],
  };

  it.each([
    ["$ is the first match of a dotted field", { "items.id": "b" }, { $set: { "items.$.n": 9 } }, { "items.1.n": 9 }],
    [
      "$ writes two fields of it",
      { "items.id": "b" },
      { $set: { "items.$.n": 9, "items.$.x": 1 } },
      { "items.1.n": 9, "items.1.x": 1 },
    ],
    [
      "$ with $elemMatch",
      { items: { $elemMatch: { id: "b", n: 3 } } },
      { $inc: { "items.$.n": 1 } },
      { "items.2.n": 4 },
    ],
    ["$ on plain values", { marks: { $gt: 50 } }, { $set: { "marks.$": 0 } }, { "marks.1": 0 }],
    [
      "$[] is every element",
      {},
      { $inc: { "items.$[].n": 10 } },
      { "items.0.n": 11, "items.1.n": 12, "items.2.n": 13 },
    ],
  ])("%s", async (_name, filter, update, expected) => {
    const collection = await server().collection([order]);
    await collection.updateOne(filter as Document, update);
    for (const [path, value] of Object.entries(expected)) {
      const [array = "", index = "0", field] = path.split(".");
      const element = (await collection.findOne({}))?.[array][Number(index)];
      expect(field === undefined ? element : element[field]).toBe(value);
    }
  });

  it("$[identifier] is every element that its array filter takes", async () => {
    const collection = await server().collection([order]);
    await collection.updateOne(
      {},
      { $set: { "items.$[item].hit": true, "marks.$[mark]": 50 } },
      { arrayFilters: [{ "item.id": "b", "item.n": { $gte: 3 } }, { mark: { $gt: 50 } }] },
    );
    expect(await collection.findOne({})).toEqual({
      _id: 1,
      items: [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
        { id: "b", n: 3, hit: true },
      ],
      marks: [10, 50, 50],
    });
  });

  it.each([
    ["$ without a condition on the array", { $set: { "items.$.n": 1 } }, undefined, 2],
    ["an identifier without a filter", { $set: { "items.$[x].n": 1 } }, undefined, 2],
    ["a filter that nothing uses", { $set: { a: 1 } }, [{ "x.n": 1 }], 9],
    ["$[] on what is no array", { $set: { "_id.$[].n": 1 } }, undefined, 2],
  ])("refuses %s", async (_name, update, arrayFilters, code) => {
    const collection = await server().collection([order]);
    const promise = collection.updateOne(
      { _id: 1 as never },
      update as Document,
      arrayFilters === undefined ? {} : { arrayFilters },
    );
    expect((await refusal(promise)).code).toBe(code);
  });
});

describe("upsert", () => {
  it("starts from the filter's equalities and applies $setOnInsert", async () => {
    const collection = await server().collection();
    const result = await collection.updateOne(
      { _id: "x" as never, kind: "k", n: { $gt: 5 }, "deep.a": { $eq: 1 }, $and: [{ b: 2 }] },
      { $set: { c: 3 }, $setOnInsert: { d: 4 } },
      { upsert: true },
    );
    expect([result.upsertedCount, result.upsertedId, result.matchedCount]).toEqual([1, "x", 0]);
    expect(await collection.findOne({})).toEqual({ _id: "x", kind: "k", deep: { a: 1 }, b: 2, c: 3, d: 4 });
  });

  it("makes an _id if the filter has none, and puts it first", async () => {
    const collection = await server().collection();
    const { upsertedId } = await collection.updateOne({ a: 1 }, { $inc: { n: 1 } }, { upsert: true });
    const found = await collection.findOne({});
    expect(found).toEqual({ _id: upsertedId, a: 1, n: 1 });
    expect(Object.keys(found ?? {})[0]).toBe("_id");
  });

  it("works with a replacement and with a pipeline", async () => {
    const collection = await server().collection();
    await collection.replaceOne({ _id: "r" as never, other: 1 }, { a: 1 }, { upsert: true });
    await collection.updateOne({ _id: "p" as never, n: 2 }, [{ $set: { double: { $multiply: ["$n", 2] } } }], {
      upsert: true,
    });
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: "p", n: 2, double: 4 },
      { _id: "r", a: 1 },
    ]);
  });
});

describe("findOneAndUpdate and its kin", () => {
  it("gives the document before or after, with sort and projection", async () => {
    const collection = await server().collection([
      { _id: 1, p: 2 },
      { _id: 2, p: 1 },
    ]);
    const before = await collection.findOneAndUpdate({}, { $set: { taken: true } }, { sort: { p: 1 } });
    const after = await collection.findOneAndUpdate(
      {},
      { $inc: { p: 10 } },
      { sort: { p: -1 }, returnDocument: "after", projection: { p: 1 } },
    );
    expect([before, after]).toEqual([
      { _id: 2, p: 1 },
      { _id: 1, p: 12 },
    ]);
  });

  it("gives null without a match and inserts with upsert", async () => {
    const collection = await server().collection();
    expect(await collection.findOneAndUpdate({ _id: 9 as never }, { $set: { a: 1 } })).toBeNull();
    const made = await collection.findOneAndUpdate(
      { _id: 9 as never },
      { $set: { a: 1 } },
      { upsert: true, returnDocument: "after", includeResultMetadata: true },
    );
    expect(made.value).toEqual({ _id: 9, a: 1 });
    expect(made.lastErrorObject).toMatchObject({ n: 1, updatedExisting: false, upserted: 9 });
  });

  it("deletes and replaces", async () => {
    const collection = await server().collection([
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
    expect(await collection.findOneAndDelete({ a: 1 })).toEqual({ _id: 1, a: 1 });
    expect(await collection.findOneAndReplace({ a: 2 }, { b: 1 }, { returnDocument: "after" })).toEqual({
      _id: 2,
      b: 1,
    });
    expect(await collection.countDocuments()).toBe(1);
  });
});

describe("what an update refuses", () => {
  it.each([
    ["$inc of a string", { $inc: { text: 1 } }, 14],
    ["$inc by a string", { $inc: { n: "1" } }, 14],
    ["$mul of null", { $mul: { nothing: 2 } }, 14],
    ["$push to a value", { $push: { n: 1 } }, 2],
    ["$addToSet to a value", { $addToSet: { n: 1 } }, 2],
    ["$pop by another number", { $pop: { list: 2 } }, 9],
    ["a path twice", { $set: { n: 1 }, $inc: { n: 1 } }, 40],
    ["a path inside another", { $set: { a: 1, "a.b": 2 } }, 40],
    ["a field below a value", { $set: { "n.x": 1 } }, 28],
    ["a name in an array", { $set: { "list.x": 1 } }, 28],
    ["another _id", { $set: { _id: 2 } }, 66],
    ["an unknown operator", { $nothing: { a: 1 } }, 9],
    ["an empty name in a path", { $set: { "a..b": 1 } }, 56],
    ["a $ in a path", { $set: { "a.$b": 1 } }, 52],
  ])("%s", async (_name, update, code) => {
    const before = { _id: 1, n: 1, text: "x", nothing: null, list: [1] };
    const collection = await server().collection([before]);
    expect((await refusal(collection.updateOne({ _id: 1 as never }, update as Document))).code).toBe(code);
    expect(await collection.findOne({})).toEqual(before);
  });

  it("refuses a replacement with another _id", async () => {
    const collection = await server().collection([{ _id: 1 }]);
    expect((await refusal(collection.replaceOne({ _id: 1 as never }, { _id: 2, a: 1 } as never))).code).toBe(66);
  });

  it("refuses a multi replacement", async () => {
    const collection = await server().collection([{ _id: 1 }]);
    const command = { update: collection.collectionName, updates: [{ q: {}, u: { a: 1 }, multi: true }] };
    const answer = await server()
      .db.command(command)
      .catch((error) => error);
    expect(answer.code ?? answer.writeErrors?.[0].code).toBe(9);
  });
});
