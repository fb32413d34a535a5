import type { Document } from "mongodb";
import { describe, expect, it } from "vitest";
import { type ExpressionCase, missing, useEvaluation } from "./evaluation.ts";
import { refusal } from "./support.ts";

const evaluate = useEvaluation();

const date = (text: string) => new Date(text);

/** A name of MongoDB's that, written as a literal's field, would look like a promise. */
const outcome = "then";

const branch = (condition: unknown, result: unknown) => ({ case: condition, [outcome]: result });

const values: readonly ExpressionCase[] = [
  ["a field", "$n", 7],
  ["a missing field", "$none", missing],
  ["a dotted field", "$deep.a.b", 1],
  ["a field of elements", "$objects.k", ["a", "b"]],
  ["a number in a path is no index", "$list.0", []],
  ["$literal", { $literal: "$n" }, "$n"],
  ["an array has null for missing", ["$n", "$none"], [7, null]],
  ["$$ROOT", "$$ROOT.n", 7],
];

const arithmetic: readonly ExpressionCase[] = [
  ["$add", { $add: ["$n", 1, 0.5] }, 8.5],
  ["$add of a missing value", { $add: ["$n", "$none"] }, null],
  ["$add to a date", { $add: ["$at", 1000] }, date("2024-02-29T23:59:59.123Z")],
  ["$subtract", { $subtract: ["$n", 10] }, -3],
  ["$subtract of dates", { $subtract: ["$at", date("2024-02-29T23:59:57.123Z")] }, 1000],
  ["$multiply", { $multiply: ["$n", 2, 0.5] }, 7],
  ["$divide", { $divide: ["$n", 2] }, 3.5],
  ["$mod keeps the dividend's sign", { $mod: [-7, 3] }, -1],
  ["$abs", { $abs: -7 }, 7],
  ["$ceil and $floor", [{ $ceil: "$half" }, { $floor: -2.5 }], [3, -3]],
  [
    "$round goes to the even neighbour",
    [{ $round: 2.5 }, { $round: 3.5 }, { $round: [1.255, 2] }, { $round: [1234, -2] }],
    [2, 4, 1.25, 1200],
  ],
  ["$trunc", [{ $trunc: -2.7 }, { $trunc: [2.789, 1] }], [-2, 2.7]],
  [
    "$pow, $sqrt, $exp, $ln, $log10",
    [{ $pow: [2, 10] }, { $sqrt: 9 }, { $exp: 0 }, { $ln: 1 }, { $log10: 1000 }],
    [1024, 3, 1, 0, 3],
  ],
  ["$sum of an array", { $sum: "$list" }, 6],
  ["$avg, $min, $max of an array", [{ $avg: "$list" }, { $min: "$list" }, { $max: "$list" }], [2, 1, 3]],
  ["$max of several", { $max: ["$n", 3, "$none"] }, 7],
  ["$sum skips what is no number", { $sum: ["$n", "$text", 1] }, 8],
  ["$sin from mingo", { $sin: 0 }, 0],
];

const comparison: readonly ExpressionCase[] = [
  ["$eq of 7 and 7.0", { $eq: ["$n", 7] }, true],
  ["a missing value is less than null", { $lt: ["$none", null] }, true],
  ["a missing value is not null", { $eq: ["$none", null] }, false],
  ["a number is less than a string", { $lt: ["$n", ""] }, true],
  [
    "objects compare by order of fields",
    {
      $eq: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    },
    false,
  ],
  ["$cmp", [{ $cmp: [1, 2] }, { $cmp: [2, 2] }, { $cmp: ["b", "a"] }], [-1, 0, 1]],
  [
    "$and takes 0, null and missing for false",
    [{ $and: ["$yes", "$n"] }, { $and: ["$zero"] }, { $and: ["$nothing"] }, { $and: ["$none"] }],
    [true, false, false, false],
  ],
  ["an empty string is true", { $and: [""] }, true],
  ["$or and $not", [{ $or: ["$zero", "$yes"] }, { $or: [] }, { $not: ["$zero"] }], [true, false, true]],
  [
    "$cond",
    [
      { $cond: ["$yes", 1, 2] },
      {
        $cond: { if: "$zero", [outcome]: 1, else: 2 },
      },
    ],
    [1, 2],
  ],
  ["$ifNull", [{ $ifNull: ["$none", "$nothing", 5] }, { $ifNull: ["$n", 5] }], [5, 7]],
  [
    "$switch",
    {
      $switch: {
        branches: [branch("$zero", 1), branch("$yes", 2)],
        default: 3,
      },
    },
    2,
  ],
];

const arrays: readonly ExpressionCase[] = [
  ["$size", { $size: "$list" }, 3],
  ["$arrayElemAt", [{ $arrayElemAt: ["$list", 0] }, { $arrayElemAt: ["$list", -1] }], [3, 2]],
  ["$arrayElemAt outside", { $arrayElemAt: ["$list", 9] }, missing],
  ["$first and $last", [{ $first: "$list" }, { $last: "$list" }], [3, 2]],
  [
    "$slice",
    [{ $slice: ["$list", 2] }, { $slice: ["$list", -2] }, { $slice: ["$list", 1, 5] }],
    [
      [3, 1],
      [1, 2],
      [1, 2],
    ],
  ],
  ["$in", [{ $in: [1, "$list"] }, { $in: [9, "$list"] }], [true, false]],
  ["$concatArrays", { $concatArrays: ["$list", [9]] }, [3, 1, 2, 9]],
  ["$concatArrays with null", { $concatArrays: ["$list", "$nothing"] }, null],
  ["$filter", { $filter: { input: "$list", as: "x", cond: { $gt: ["$$x", 1] } } }, [3, 2]],
  ["$map", { $map: { input: "$list", as: "x", in: { $add: ["$$x", "$n"] } } }, [10, 8, 9]],
  ["$map gives null for missing", { $map: { input: "$objects", in: "$$this.v" } }, [1, null, null]],
  [
    "$reduce",
    { $reduce: { input: "$list", initialValue: "", in: { $concat: ["$$value", { $toString: "$$this" }] } } },
    "312",
  ],
  [
    "$range",
    [{ $range: [0, 5, 2] }, { $range: [3, 0, -1] }],
    [
      [0, 2, 4],
      [3, 2, 1],
    ],
  ],
  ["$reverseArray", { $reverseArray: "$list" }, [2, 1, 3]],
  [
    "$sortArray",
    [{ $sortArray: { input: "$list", sortBy: -1 } }, { $sortArray: { input: [{ a: 2 }, { a: 1 }], sortBy: { a: 1 } } }],
    [
      [3, 2, 1],
      [{ a: 1 }, { a: 2 }],
    ],
  ],
  ["$indexOfArray", { $indexOfArray: ["$list", 2] }, 2],
  ["$isArray", [{ $isArray: "$list" }, { $isArray: "$n" }], [true, false]],
  [
    "$zip",
    { $zip: { inputs: [[1, 2], ["a"]], useLongestLength: true } },
    [
      [1, "a"],
      [2, null],
    ],
  ],
  [
    "$objectToArray and back",
    [{ $objectToArray: "$deep" }, { $arrayToObject: [[["k", 1]]] }],
    [[{ k: "a", v: { b: 1 } }], { k: 1 }],
  ],
  ["$mergeObjects", { $mergeObjects: [{ a: 1, b: 1 }, { b: 2 }, null] }, { a: 1, b: 2 }],
  [
    "$setUnion",
    {
      $setUnion: [
        [2, 1],
        [1, 3],
      ],
    },
    [1, 2, 3],
  ],
  [
    "$setIntersection",
    {
      $setIntersection: [
        [2, 1],
        [2, 3],
      ],
    },
    [2],
  ],
  ["$setDifference", { $setDifference: [[1, 2, 2, 3], [3]] }, [1, 2]],
  [
    "$setIsSubset and $setEquals",
    [
      { $setIsSubset: [[1], [1, 2]] },
      {
        $setEquals: [
          [1, 2],
          [2, 1, 1],
        ],
      },
    ],
    [true, true],
  ],
  [
    "$maxN and $firstN",
    [{ $maxN: { n: 2, input: "$list" } }, { $firstN: { n: 2, input: "$list" } }],
    [
      [3, 2],
      [3, 1],
    ],
  ],
  ["$let", { $let: { vars: { a: 2, b: "$n" }, in: { $multiply: ["$$a", "$$b"] } } }, 14],
  [
    "$getField and $setField",
    [{ $getField: "n" }, { $setField: { field: "x.y", input: { a: 1 }, value: 2 } }],
    [7, { a: 1, "x.y": 2 }],
  ],
];

describe.each([
  ["values", values],
  ["arithmetic", arithmetic],
  ["comparison and conditions", comparison],
  ["arrays and objects", arrays],
] as const)("%s", (_title, cases) => {
  it.each([...cases] as ExpressionCase[])("%s", async (_name, expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });
});

describe("what is refused", () => {
  it.each<[string, Document, number]>([
    ["$add of a string", { $add: ["$text", 1] }, 14],
    ["$subtract of a string", { $subtract: ["$text", 1] }, 14],
    ["$divide by zero", { $divide: ["$n", "$zero"] }, 2],
    ["$concat of a number", { $concat: ["a", "$n"] }, 16702],
    ["$toInt of a word", { $toInt: "x" }, 241],
    ["the wrong number of arguments", { $eq: ["$n"] }, 16020],
    ["$in without an array", { $in: [1, "$n"] }, 40081],
    ["$switch without a match", { $switch: { branches: [branch("$zero", 1)] } }, 40066],
    ["$sqrt of a negative number", { $sqrt: -1 }, 28714],
  ])("%s", async (_name, expression, code) => {
    expect((await refusal(evaluate(expression))).code).toBe(code);
  });
});
