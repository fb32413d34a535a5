import { type Document, Long, MaxKey, MinKey, ObjectId, Timestamp } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

const ids = (documents: readonly Document[]) => documents.map((document) => document._id);

describe("sort", () => {
  const mixed: Document[] = [
    { _id: "maxKey", v: new MaxKey() },
    { _id: "regex", v: /a/ },
    { _id: "timestamp", v: new Timestamp({ t: 1, i: 1 }) },
    { _id: "date", v: new Date(0) },
    { _id: "true", v: true },
    { _id: "false", v: false },
    { _id: "objectId", v: new ObjectId("000000000000000000000001") },
    { _id: "object", v: { a: 1 } },
    { _id: "string", v: "a" },
    { _id: "big", v: 1e10 },
    { _id: "long", v: Long.fromNumber(7) },
    { _id: "int", v: 1 },
    { _id: "nan", v: Number.NaN },
    { _id: "null", v: null },
    { _id: "missing" },
    { _id: "minKey", v: new MinKey() },
  ];
  const ascending = [
    "minKey",
    "missing",
    "null",
    "nan",
    "int",
    "long",
    "big",
    "string",
    "object",
    "objectId",
    "false",
    "true",
    "date",
    "timestamp",
    "regex",
    "maxKey",
  ];

  it("orders the types as MongoDB does, null and missing alike", async () => {
    const collection = await server().collection(mixed);
    const found = ids(await collection.find().sort({ v: 1, _id: 1 }).toArray());
    expect(found).toEqual(ascending);
    expect(ids(await collection.find().sort({ v: -1, _id: -1 }).toArray())).toEqual(ascending.toReversed());
  });

  it("gives the same order from an index", async () => {
    const collection = await server().collection(mixed);
    await collection.createIndex({ v: 1, _id: 1 });
    expect(ids(await collection.find().sort({ v: 1, _id: 1 }).toArray())).toEqual(ascending);
    expect(ids(await collection.find().sort({ v: -1, _id: -1 }).toArray())).toEqual(ascending.toReversed());
  });

  it.each([false, true])(
    "takes of an array the least element, or the greatest when descending (index: %s)",
    async (hasIndex) => {
      const collection = await server().collection([
        { _id: 1, v: [5, 1] },
        { _id: 2, v: 3 },
        { _id: 3, v: [] },
        { _id: 4, v: [4, 9] },
        { _id: 5, v: null },
      ]);
      if (hasIndex) await collection.createIndex({ v: 1 });
      expect(ids(await collection.find().sort({ v: 1 }).toArray())).toEqual([3, 5, 1, 2, 4]);
      expect(ids(await collection.find().sort({ v: -1 }).toArray())).toEqual([4, 1, 2, 5, 3]);
    },
  );

  it("orders strings by their UTF-8 bytes", async () => {
    const collection = await server().collection(
      ["b", "B", "ä", "a", "\u{ff5e}", "\u{1f600}", ""].map((_id) => ({ _id })),
    );
    expect(ids(await collection.find().sort({ _id: 1 }).toArray())).toEqual([
      "",
      "B",
      "a",
      "b",
      "ä",
      "\u{ff5e}",
      "\u{1f600}",
    ]);
  });

  it("orders objects by the type, name and value of their fields in turn", async () => {
    const collection = await server().collection([
      { _id: 1, v: { b: 1 } },
      { _id: 2, v: { a: 2 } },
      { _id: 3, v: { a: 1, b: 1 } },
      { _id: 4, v: { a: "1" } },
      { _id: 5, v: { a: 1 } },
      { _id: 6, v: {} },
    ]);
    expect(ids(await collection.find().sort({ v: 1 }).toArray())).toEqual([6, 5, 3, 2, 1, 4]);
  });

  it("sorts by several fields in different directions, with skip and limit", async () => {
    const collection = await server().collection(
      [1, 2, 3, 4, 5, 6].map((_id) => ({ _id, group: _id % 2, deep: { n: Math.floor(_id / 2) } })),
    );
    const found = await collection.find().sort({ group: -1, "deep.n": 1 }).skip(1).limit(3).toArray();
    expect(ids(found)).toEqual([3, 5, 2]);
  });

  it("refuses a direction that is none", async () => {
    const collection = await server().collection([{ a: 1 }]);
    const { code } = await refusal(server().db.command({ find: collection.collectionName, sort: { a: 2 } }));
    expect([2, 15975]).toContain(code);
  });
});

describe("projection", () => {
  const source = {
    _id: 1,
    a: 1,
    b: { c: 2, d: 3 },
    list: [{ x: 1, y: 2 }, { x: 3, y: 4 }, 5],
    nested: [[{ x: 1, y: 1 }]],
  };

  it.each([
    ["inclusion keeps _id", { a: 1 }, { _id: 1, a: 1 }],
    ["inclusion without _id", { a: 1, _id: 0 }, { a: 1 }],
    ["inclusion keeps the document's order", { b: 1, a: 1 }, { _id: 1, a: 1, b: { c: 2, d: 3 } }],
    ["exclusion", { b: 0, list: 0, nested: 0 }, { _id: 1, a: 1 }],
    ["a dotted path", { "b.c": 1 }, { _id: 1, b: { c: 2 } }],
    ["a nested object", { b: { c: 1 } }, { _id: 1, b: { c: 2 } }],
    ["excluding a dotted path", { "b.c": 0, list: 0, nested: 0 }, { _id: 1, a: 1, b: { d: 3 } }],
    ["a path into an array drops what is no object", { "list.x": 1 }, { _id: 1, list: [{ x: 1 }, { x: 3 }] }],
    ["excluding inside an array", { "list.x": 0, b: 0, nested: 0 }, { _id: 1, a: 1, list: [{ y: 2 }, { y: 4 }, 5] }],
    ["nested arrays", { "nested.x": 1 }, { _id: 1, nested: [[{ x: 1 }]] }],
    ["a field that is not there", { nothing: 1 }, { _id: 1 }],
    ["only _id", { _id: 1 }, { _id: 1 }],
    ["$slice of the first", { list: { $slice: 1 }, b: 0, nested: 0 }, { _id: 1, a: 1, list: [{ x: 1, y: 2 }] }],
    ["$slice of the last", { list: { $slice: -1 }, b: 0, nested: 0 }, { _id: 1, a: 1, list: [5] }],
    [
      "$slice of a stretch with inclusion",
      { a: 1, list: { $slice: [1, 1] } },
      { _id: 1, a: 1, list: [{ x: 3, y: 4 }] },
    ],
    ["$elemMatch", { list: { $elemMatch: { x: { $gt: 1 } } } }, { _id: 1, list: [{ x: 3, y: 4 }] }],
    ["$elemMatch without a match", { list: { $elemMatch: { x: 9 } } }, { _id: 1 }],
    ["a computed field", { sum: { $add: ["$a", "$b.c"] } }, { _id: 1, sum: 3 }],
    ["another field's value", { a: 1, copy: "$b.d" }, { _id: 1, a: 1, copy: 3 }],
    ["a literal", { a: 1, flag: { $literal: 1 } }, { _id: 1, a: 1, flag: 1 }],
    ["a missing value makes no field", { a: 1, copy: "$nothing" }, { _id: 1, a: 1 }],
  ])("%s", async (_name, projection, expected) => {
    const collection = await server().collection([source]);
    const found = await collection.findOne({}, { projection: projection as Document });
    expect(found).toEqual(expected);
    expect(Object.keys(found ?? {})).toEqual(Object.keys(expected));
  });

  it("shows the matched element with the positional operator", async () => {
    const collection = await server().collection([{ _id: 1, items: [{ n: 1 }, { n: 5, k: 1 }, { n: 5, k: 2 }] }]);
    const found = await collection.findOne({ "items.n": { $gt: 3 } }, { projection: { "items.$": 1 } });
    expect(found).toEqual({ _id: 1, items: [{ n: 5, k: 1 }] });
  });

  it.each([
    ["a mixture", { a: 1, b: 0 }, 31254],
    ["the other mixture", { a: 0, b: 1 }, 31253],
    ["a path beside its own part", { b: 1, "b.c": 1 }, 31249],
    ["a part beside its path", { "b.c": 1, b: 1 }, 31250],
  ])("refuses %s", async (_name, projection, code) => {
    const collection = await server().collection([source]);
    expect((await refusal(collection.findOne({}, { projection: projection as Document }))).code).toBe(code);
  });
});
