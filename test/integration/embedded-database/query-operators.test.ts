import { Binary, type Document, Long, ObjectId } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

type Case = readonly [name: string, filter: Document, expected: readonly unknown[]];

/** Runs filters over the same documents; the expected `_id`s are in insertion order. */
function cases(title: string, documents: readonly Document[], list: readonly Case[]): void {
  describe(title, () => {
    it.each(list)("%s", async (_name, filter, expected) => {
      const collection = await server().collection(documents);
      const found = await collection.find(filter).toArray();
      expect(found.map((document) => document._id)).toEqual(expected);
    });
  });
}

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

cases(
  "comparison",
  [
    { _id: 1, v: 5 },
    { _id: 2, v: 10 },
    { _id: 3, v: "10" },
    { _id: 4, v: null },
    { _id: 5 },
    { _id: 6, v: day(2) },
    { _id: 7, v: true },
    { _id: 8, v: [5, 20] },
    { _id: 9, v: { a: 1, b: 2 } },
    { _id: 10, v: Number.NaN },
    { _id: 11, v: [] },
  ],
  [
    ["an equal number, also as an element", { v: 5 }, [1, 8]],
    ["$eq", { v: { $eq: 10 } }, [2]],
    ["$gt stays within numbers", { v: { $gt: 5 } }, [2, 8]],
    ["$gte", { v: { $gte: 10 } }, [2, 8]],
    ["$lt", { v: { $lt: 10 } }, [1, 8]],
    ["$lte", { v: { $lte: 5 } }, [1, 8]],
    ["a range over an array is met by different elements", { v: { $gt: 6, $lt: 15 } }, [2, 8]],
    ["$gt of a string", { v: { $gt: "1" } }, [3]],
    ["$gte of a date", { v: { $gte: day(1) } }, [6]],
    ["null matches null and missing", { v: null }, [4, 5]],
    ["$ne null", { v: { $ne: null } }, [1, 2, 3, 6, 7, 8, 9, 10, 11]],
    ["$gte null is equality with null", { v: { $gte: null } }, [4, 5]],
    ["$gt null is nothing", { v: { $gt: null } }, []],
    ["$ne of a number", { v: { $ne: 5 } }, [2, 3, 4, 5, 6, 7, 9, 10, 11]],
    ["true is not 1", { v: 1 }, []],
    ["a boolean", { v: true }, [7]],
    ["an object needs the same order of fields", { v: { a: 1, b: 2 } }, [9]],
    ["an object in another order does not match", { v: { b: 2, a: 1 } }, []],
    ["NaN equals itself", { v: Number.NaN }, [10]],
    ["NaN is not less than a number", { v: { $lt: 0 } }, []],
    ["a whole array", { v: [5, 20] }, [8]],
    ["an array in another order does not match", { v: [20, 5] }, []],
    ["an empty array", { v: [] }, [11]],
    ["$in", { v: { $in: [10, "10", null] } }, [2, 3, 4, 5]],
    ["$in with an expression", { v: { $in: [/^1/] } }, [3]],
    ["$in of nothing", { v: { $in: [] } }, []],
    ["$nin", { v: { $nin: [5, 10, null] } }, [3, 6, 7, 9, 10, 11]],
  ],
);

cases(
  "logic",
  [
    { _id: 1, a: 1, b: 1 },
    { _id: 2, a: 1, b: 2 },
    { _id: 3, a: 2 },
    { _id: 4, a: [1, 2] },
  ],
  [
    ["several fields", { a: 1, b: 2 }, [2]],
    ["$and", { $and: [{ a: 1 }, { a: 2 }] }, [4]],
    ["$or", { $or: [{ b: 2 }, { a: 2 }] }, [2, 3, 4]],
    ["$nor", { $nor: [{ b: 2 }, { a: 2 }] }, [1]],
    ["$not", { b: { $not: { $gt: 1 } } }, [1, 3, 4]],
    ["$not with an expression", { b: { $not: /x/ } }, [1, 2, 3, 4]],
    ["nested", { $and: [{ $or: [{ a: 1 }, { a: 2 }] }, { $nor: [{ b: { $exists: true } }] }] }, [3, 4]],
    ["$comment is passed over", { $comment: "why", a: 2 }, [3, 4]],
    ["$expr compares fields", { $expr: { $eq: ["$a", "$b"] } }, [1]],
    ["$expr orders a missing field below", { $expr: { $lt: ["$b", 2] } }, [1, 3, 4]],
  ],
);

cases(
  "elements and types",
  [
    { _id: 1, v: 1 },
    { _id: 2, v: 1.5 },
    { _id: 3, v: Long.fromString("9007199254740993") },
    { _id: 4, v: "text" },
    { _id: 5, v: null },
    { _id: 6 },
    { _id: 7, v: ["text", 1] },
    { _id: 8, v: new ObjectId() },
    { _id: 9, v: new Binary(Buffer.from("x")) },
    { _id: 10, v: {} },
    { _id: 11, v: day(1) },
  ],
  [
    ["$exists", { v: { $exists: true } }, [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]],
    ["$exists false", { v: { $exists: false } }, [6]],
    ["$type of int", { v: { $type: "int" } }, [1, 7]],
    ["$type of double", { v: { $type: "double" } }, [2]],
    ["$type of long", { v: { $type: "long" } }, [3]],
    ["$type of any number", { v: { $type: "number" } }, [1, 2, 3, 7]],
    ["$type by number", { v: { $type: 2 } }, [4, 7]],
    ["$type of a list", { v: { $type: ["null", "date"] } }, [5, 11]],
    ["$type of array", { v: { $type: "array" } }, [7]],
    ["$type of objectId", { v: { $type: "objectId" } }, [8]],
    ["$type of binData", { v: { $type: "binData" } }, [9]],
    ["$type of object", { v: { $type: "object" } }, [10]],
    ["a long beyond 2^53 is found exactly", { v: Long.fromString("9007199254740993") }, [3]],
  ],
);

cases(
  "arrays",
  [
    {
      _id: 1,
      tags: ["a", "b", "c"],
      items: [
        { n: 1, ok: true },
        { n: 5, ok: false },
      ],
    },
    { _id: 2, tags: ["a"], items: [{ n: 5, ok: true }] },
    { _id: 3, tags: [], items: [] },
    { _id: 4, tags: "a", items: { n: 5, ok: true } },
    { _id: 5, tags: [["a", "b"]], items: [[{ n: 5 }], 7] },
    { _id: 6, items: [{ ok: true }] },
  ],
  [
    ["an element", { tags: "a" }, [1, 2, 4]],
    ["$all", { tags: { $all: ["a", "b"] } }, [1]],
    ["$all also takes a plain value", { tags: { $all: ["a"] } }, [1, 2, 4]],
    ["$all of nothing", { tags: { $all: [] } }, []],
    ["$all with a nested array", { tags: { $all: [["a", "b"]] } }, [5]],
    ["$all with $elemMatch", { items: { $all: [{ $elemMatch: { n: 1 } }, { $elemMatch: { n: 5 } }] } }, [1]],
    ["$size", { tags: { $size: 1 } }, [2, 5]],
    ["$size 0", { tags: { $size: 0 } }, [3]],
    ["$elemMatch holds for one element", { items: { $elemMatch: { n: 5, ok: true } } }, [2]],
    ["dotted fields may hold for different elements", { "items.n": 5, "items.ok": true }, [1, 2, 4]],
    ["$elemMatch of values", { tags: { $elemMatch: { $gt: "a", $lt: "c" } } }, [1]],
    ["$elemMatch does not match a plain value", { tags: { $elemMatch: { $eq: "a" } } }, [1, 2]],
    ["an index in the path", { "items.0.n": 5 }, [2, 5]],
    ["an index at the end", { "tags.1": "b" }, [1]],
    ["$exists of an index", { "tags.2": { $exists: true } }, [1]],
    ["null below an array needs an element without the field", { "items.n": null }, [6]],
    ["$exists false below an array", { "items.n": { $exists: false } }, [3, 5, 6]],
    ["$elemMatch with a nested $or", { items: { $elemMatch: { $or: [{ n: 1 }, { n: 7 }] } } }, [1]],
    ["$ne of elements", { tags: { $ne: "a" } }, [3, 5, 6]],
  ],
);

cases(
  "numbers and texts",
  [
    { _id: 1, n: 10, s: "Hello World" },
    { _id: 2, n: 7, s: "hello\nworld" },
    { _id: 3, n: -7, s: "a.b" },
    { _id: 4, n: "10", s: 5 },
    { _id: 5, n: 10.9, s: "axb" },
  ],
  [
    ["$mod", { n: { $mod: [5, 0] } }, [1, 5]],
    ["$mod with a remainder", { n: { $mod: [4, 3] } }, [2]],
    ["$mod of a negative number keeps its sign", { n: { $mod: [4, -3] } }, [3]],
    ["an expression", { s: /^hello/ }, [2]],
    ["$regex with options", { s: { $regex: "^hello", $options: "i" } }, [1, 2]],
    ["$regex with m", { s: { $regex: "^world", $options: "m" } }, [2]],
    ["$regex with s", { s: { $regex: "hello.world", $options: "is" } }, [1, 2]],
    ["$regex with an escape", { s: { $regex: "a\\.b" } }, [3]],
    ["$regex and another condition", { s: { $regex: "o", $ne: "Hello World" } }, [2]],
  ],
);

describe("what is refused", () => {
  it.each([
    ["an unknown operator", { a: { $nothing: 1 } }, 2],
    ["an unknown top-level operator", { $nothing: 1 }, 2],
    ["an empty $or", { $or: [] }, 2],
    ["$in without an array", { a: { $in: 1 } }, 2],
    ["$in with operators inside", { a: { $in: [{ $gt: 1 }] } }, 2],
    ["$mod with one number", { a: { $mod: [1] } }, 2],
    ["$mod by zero", { a: { $mod: [0, 1] } }, 2],
    ["$not of a value", { a: { $not: 5 } }, 2],
    ["an expression that does not compile", { a: { $regex: "(" } }, 51091],
    ["an unknown type", { a: { $type: "nothing" } }, 2],
    ["$text without a text index", { $text: { $search: "x" } }, 27],
  ])("%s", async (_name, filter, code) => {
    const collection = await server().collection([{ a: 1 }]);
    expect((await refusal(collection.find(filter as Document).toArray())).code).toBe(code);
  });
});
