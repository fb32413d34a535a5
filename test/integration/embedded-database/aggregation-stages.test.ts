import type { Document } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

const sales: Document[] = [
  { _id: 1, item: "a", n: 2, price: 10, tags: ["x", "y"] },
  { _id: 2, item: "b", n: 1, price: 20, tags: ["x"] },
  { _id: 3, item: "a", n: 5, price: 5, tags: [] },
  { _id: 4, item: "c", price: 7 },
  { _id: 5, n: 3, price: null, tags: null },
];

async function run(pipeline: Document[], documents: readonly Document[] = sales): Promise<Document[]> {
  const collection = await server().collection(documents);
  return collection.aggregate(pipeline).toArray();
}

describe("$group", () => {
  it("accumulates, with missing and null values as MongoDB takes them", async () => {
    const found = await run([
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: "$item",
          count: { $sum: 1 },
          total: { $sum: "$n" },
          average: { $avg: "$n" },
          least: { $min: "$n" },
          most: { $max: "$n" },
          first: { $first: "$n" },
          last: { $last: "$n" },
          all: { $push: "$n" },
          documents: { $count: {} },
        },
      },
      { $sort: { _id: 1 } },
    ]);
    expect(found).toEqual([
      { _id: null, count: 1, total: 3, average: 3, least: 3, most: 3, first: 3, last: 3, all: [3], documents: 1 },
      { _id: "a", count: 2, total: 7, average: 3.5, least: 2, most: 5, first: 2, last: 5, all: [2, 5], documents: 2 },
      { _id: "b", count: 1, total: 1, average: 1, least: 1, most: 1, first: 1, last: 1, all: [1], documents: 1 },
      {
        _id: "c",
        count: 1,
        total: 0,
        average: null,
        least: null,
        most: null,
        first: null,
        last: null,
        all: [],
        documents: 1,
      },
    ]);
  });

  it("groups by an object, whose order of fields matters, and by nothing", async () => {
    const found = await run([
      { $group: { _id: { i: "$item", big: { $gte: ["$price", 10] } }, n: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]);
    expect(found.map(({ _id, n }) => [_id, n])).toEqual([
      [{ i: "a", big: false }, 1],
      [{ i: "a", big: true }, 1],
      [{ i: "b", big: true }, 1],
      [{ i: "c", big: false }, 1],
      // A boolean at the first place sorts behind a string, whatever the fields are called.
      [{ big: false }, 1],
    ]);
    expect(await run([{ $group: { _id: null, total: { $sum: { $multiply: ["$n", "$price"] } } } }])).toEqual([
      { _id: null, total: 65 },
    ]);
    expect(await run([{ $match: { _id: 99 } }, { $group: { _id: null, n: { $sum: 1 } } }])).toEqual([]);
  });

  it("has sets, several values by order, and merged objects", async () => {
    const [found] = await run([
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: null,
          items: { $addToSet: "$item" },
          dearest: { $top: { sortBy: { price: -1 }, output: "$item" } },
          cheapest: { $bottomN: { n: 2, sortBy: { price: -1 }, output: "$price" } },
          firstTwo: { $firstN: { n: 2, input: "$n" } },
          largest: { $maxN: { n: 2, input: "$n" } },
          merged: { $mergeObjects: { last: "$n" } },
          spread: { $stdDevPop: "$n" },
        },
      },
    ]);
    expect(found?.items.toSorted()).toEqual(["a", "b", "c"]);
    expect(found).toMatchObject({
      dearest: "b",
      cheapest: [5, null],
      firstTwo: [2, 1],
      largest: [5, 3],
      merged: { last: 3 },
    });
    expect(found?.spread).toBeCloseTo(1.479, 3);
  });
});

describe("$unwind", () => {
  it("gives one document an element and leaves what is stored alone", async () => {
    const collection = await server().collection(sales);
    const found = await collection.aggregate([{ $unwind: "$tags" }, { $sort: { _id: 1, tags: 1 } }]).toArray();
    expect(found.map(({ _id, tags }) => [_id, tags])).toEqual([
      [1, "x"],
      [1, "y"],
      [2, "x"],
    ]);
    expect(await collection.findOne({ _id: 1 as never })).toEqual(sales[0]);
  });

  it("keeps empty ones when asked, and gives the index", async () => {
    const found = await run([
      { $unwind: { path: "$tags", preserveNullAndEmptyArrays: true, includeArrayIndex: "at" } },
      { $project: { tags: 1, at: 1 } },
    ]);
    expect(found).toEqual([
      { _id: 1, tags: "x", at: 0 },
      { _id: 1, tags: "y", at: 1 },
      { _id: 2, tags: "x", at: 0 },
      { _id: 3, at: null },
      { _id: 4, at: null },
      { _id: 5, tags: null, at: null },
    ]);
  });

  it("takes a nested path and a value that is no array", async () => {
    const found = await run(
      [{ $unwind: "$a.b" }],
      [
        { _id: 1, a: { b: [1, 2], c: 3 } },
        { _id: 2, a: { b: 7 } },
      ],
    );
    expect(found).toEqual([
      { _id: 1, a: { b: 1, c: 3 } },
      { _id: 1, a: { b: 2, c: 3 } },
      { _id: 2, a: { b: 7 } },
    ]);
  });
});

describe("$lookup", () => {
  const people = [
    { _id: "u1", name: "Ann" },
    { _id: "u2", name: "Bob", boss: "u1" },
    { _id: "u3", boss: null },
  ];

  it("joins by equality: arrays by their elements, missing as null", async () => {
    const others = await server().collection(people);
    const found = await run(
      [
        { $lookup: { from: others.collectionName, localField: "who", foreignField: "boss", as: "found" } },
        { $project: { found: "$found._id" } },
      ],
      [{ _id: 1, who: "u1" }, { _id: 2, who: ["u1", "x"] }, { _id: 3 }, { _id: 4, who: "none" }],
    );
    expect(found).toEqual([
      { _id: 1, found: ["u2"] },
      { _id: 2, found: ["u2"] },
      { _id: 3, found: ["u1", "u3"] },
      { _id: 4, found: [] },
    ]);
  });

  it("runs a pipeline over what the fields join", async () => {
    const others = await server().collection(people);
    const found = await run(
      [
        {
          $lookup: {
            from: others.collectionName,
            localField: "who",
            foreignField: "_id",
            as: "found",
            pipeline: [{ $project: { name: 1, _id: 0 } }],
          },
        },
      ],
      [
        { _id: 1, who: "u1" },
        { _id: 2, who: "u3" },
      ],
    );
    expect(found).toEqual([
      { _id: 1, who: "u1", found: [{ name: "Ann" }] },
      { _id: 2, who: "u3", found: [{}] },
    ]);
  });

  it("gives variables to an inner pipeline", async () => {
    const others = await server().collection(people);
    const found = await run(
      [
        {
          $lookup: {
            from: others.collectionName,
            let: { wanted: "$who" },
            pipeline: [{ $match: { $expr: { $eq: ["$boss", "$$wanted"] } } }, { $count: "n" }],
            as: "count",
          },
        },
      ],
      [
        { _id: 1, who: "u1" },
        { _id: 2, who: "u9" },
      ],
    );
    expect(found).toEqual([
      { _id: 1, who: "u1", count: [{ n: 1 }] },
      { _id: 2, who: "u9", count: [] },
    ]);
  });

  it("finds nothing in a collection that is not there", async () => {
    expect(
      await run([{ $lookup: { from: "nothing_here", localField: "a", foreignField: "b", as: "c" } }], [{ _id: 1 }]),
    ).toEqual([{ _id: 1, c: [] }]);
  });
});

describe("shaping", () => {
  it.each<[string, Document[], unknown]>([
    [
      "$match $sort $skip $limit",
      [
        { $match: { price: { $gt: 1 } } },
        { $sort: { price: 1 } },
        { $skip: 1 },
        { $limit: 2 },
        { $project: { _id: 1 } },
      ],
      [{ _id: 4 }, { _id: 1 }],
    ],
    [
      "$limit before $sort",
      [{ $limit: 2 }, { $sort: { _id: -1 } }, { $project: { _id: 1 } }],
      [{ _id: 2 }, { _id: 1 }],
    ],
    [
      "$project with a computed field",
      [{ $match: { _id: 1 } }, { $project: { _id: 0, cost: { $multiply: ["$n", "$price"] } } }],
      [{ cost: 20 }],
    ],
    ["$project excluding", [{ $match: { _id: 4 } }, { $project: { price: 0 } }], [{ _id: 4, item: "c" }]],
    [
      "$addFields",
      [{ $match: { _id: 4 } }, { $addFields: { "deep.n": { $ifNull: ["$n", 0] }, item: "z" } }],
      [{ _id: 4, item: "z", price: 7, deep: { n: 0 } }],
    ],
    [
      "$set and $unset",
      [{ $match: { _id: 4 } }, { $set: { a: 1 } }, { $unset: ["price", "item"] }],
      [{ _id: 4, a: 1 }],
    ],
    ["$count", [{ $match: { item: "a" } }, { $count: "n" }], [{ n: 2 }]],
    ["$count of nothing gives no document", [{ $match: { item: "q" } }, { $count: "n" }], []],
    [
      "$sortByCount",
      [{ $unwind: "$tags" }, { $sortByCount: "$tags" }],
      [
        { _id: "x", count: 2 },
        { _id: "y", count: 1 },
      ],
    ],
    [
      "$replaceRoot",
      [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { tag: { $first: "$tags" } } } }],
      [{ tag: "x" }],
    ],
    [
      "$replaceWith",
      [{ $match: { _id: 1 } }, { $replaceWith: { $mergeObjects: [{ z: 1 }, { i: "$item" }] } }],
      [{ z: 1, i: "a" }],
    ],
    [
      "$facet",
      [{ $facet: { dear: [{ $match: { price: { $gte: 10 } } }, { $count: "n" }], none: [{ $match: { _id: 0 } }] } }],
      [{ dear: [{ n: 2 }], none: [] }],
    ],
    [
      "$bucket: the lower boundary belongs to it, the upper does not",
      [
        {
          $bucket: { groupBy: "$price", boundaries: [5, 10, 20], default: "other", output: { ids: { $push: "$_id" } } },
        },
      ],
      [
        { _id: 5, ids: [3, 4] },
        { _id: 10, ids: [1] },
        { _id: "other", ids: [2, 5] },
      ],
    ],
    ["$sample of more than there is", [{ $sample: { size: 10 } }, { $count: "n" }], [{ n: 5 }]],
  ])("%s", async (_name, pipeline, expected) => {
    expect(await run(pipeline)).toEqual(expected);
  });

  it("$unionWith adds another collection", async () => {
    const other = await server().collection([{ _id: "x", item: "a" }]);
    const found = await run([
      { $match: { item: "a" } },
      { $unionWith: { coll: other.collectionName, pipeline: [{ $match: { item: "a" } }] } },
      { $project: { _id: 1 } },
    ]);
    expect(found).toEqual([{ _id: 1 }, { _id: 3 }, { _id: "x" }]);
  });

  it("changes nothing that is stored", async () => {
    const collection = await server().collection([{ _id: 1, a: { b: [1, { c: 2 }] } }]);
    await collection
      .aggregate([{ $addFields: { "a.b.c": 9, "a.d": 1 } }, { $unwind: "$a.b" }, { $unset: "a.b" }])
      .toArray();
    expect(await collection.findOne({})).toEqual({ _id: 1, a: { b: [1, { c: 2 }] } });
  });

  it("gives large results over several batches", async () => {
    const many = Array.from({ length: 350 }, (_, _id) => ({ _id, text: "x".repeat(1000) }));
    const collection = await server().collection(many);
    const found = await collection.aggregate([{ $sort: { _id: 1 } }], { batchSize: 100 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(many.map(({ _id }) => _id));
  });
});

describe("what is refused", () => {
  it.each<[string, Document[], number]>([
    ["an unknown stage", [{ $nothing: {} }], 40324],
    ["two stages in one", [{ $match: {}, $limit: 1 }], 40323],
    ["a group without _id", [{ $group: { n: { $sum: 1 } } }], 15955],
    ["an unknown accumulator", [{ $group: { _id: null, n: { $nothing: 1 } } }], 15952],
    ["$unwind without a $", [{ $unwind: "tags" }], 28818],
    ["an unknown expression", [{ $project: { a: { $nothing: 1 } } }], 31325],
    ["an unknown variable", [{ $set: { a: "$$nothing" } }], 17276],
    ["an empty $sort", [{ $sort: {} }], 15976],
    ["$size of what is no array", [{ $project: { a: { $size: "$price" } } }], 17124],
    ["$count with a $", [{ $count: "$n" }], 40158],
    ["a value in no bucket", [{ $bucket: { groupBy: "$price", boundaries: [0, 1] } }], 40066],
  ])("%s", async (_name, pipeline, code) => {
    expect((await refusal(run(pipeline))).code).toBe(code);
  });
});
