import { Long } from "mongodb";
import { describe, expect, it } from "vitest";
import { type ExpressionCase, useEvaluation } from "./evaluation.ts";

const evaluate = useEvaluation();

const date = (text: string) => new Date(text);

const strings: readonly ExpressionCase[] = [
  ["$concat", { $concat: ["a", "b"] }, "ab"],
  ["$concat with null", { $concat: ["a", "$nothing"] }, null],
  ["$toUpper and $toLower", [{ $toUpper: "abc" }, { $toLower: "ABC" }, { $toLower: "$none" }], ["ABC", "abc", ""]],
  ["lengths", [{ $strLenCP: "$text" }, { $strLenBytes: "$text" }], [7, 12]],
  ["$substrCP", [{ $substrCP: ["$text", 0, 5] }, { $substrCP: ["$text", 6, 1] }], ["Grüße", "😀"]],
  ["$indexOfCP", [{ $indexOfCP: ["$text", "😀"] }, { $indexOfCP: ["$text", "x"] }], [6, -1]],
  ["$split", { $split: ["a-b-", "-"] }, ["a", "b", ""]],
  [
    "$trim",
    [{ $trim: { input: "  a " } }, { $ltrim: { input: "xxax", chars: "x" } }, { $rtrim: { input: "a  " } }],
    ["a", "ax", "a"],
  ],
  [
    "$replaceOne and $replaceAll",
    [
      { $replaceOne: { input: "a.a", find: "a", replacement: { $literal: "$&" } } },
      { $replaceAll: { input: "a.a", find: "a", replacement: "b" } },
    ],
    ["$&.a", "b.b"],
  ],
  ["$regexMatch", { $regexMatch: { input: "Hello", regex: "^h", options: "i" } }, true],
  ["$regexFind", { $regexFind: { input: "😀ab", regex: /(a)(x)?/ } }, { match: "a", idx: 1, captures: ["a", null] }],
  [
    "$regexFindAll",
    { $regexFindAll: { input: "aXbX", regex: /X/ } },
    [
      { match: "X", idx: 1, captures: [] },
      { match: "X", idx: 3, captures: [] },
    ],
  ],
  ["$strcasecmp", { $strcasecmp: ["ABC", "abd"] }, -1],
];

const types: readonly ExpressionCase[] = [
  [
    "$type",
    [
      { $type: "$n" },
      { $type: "$half" },
      { $type: "$none" },
      { $type: "$nothing" },
      { $type: "$at" },
      { $type: "$list" },
    ],
    ["int", "double", "missing", "null", "date", "array"],
  ],
  [
    "$toString",
    [{ $toString: "$n" }, { $toString: "$yes" }, { $toString: "$at" }, { $toString: "$id" }],
    ["7", "true", "2024-02-29T23:59:58.123Z", "65a000000000000000000000"],
  ],
  [
    "$toInt, $toDouble, $toBool",
    [{ $toInt: "12" }, { $toInt: 3.9 }, { $toDouble: "1.5" }, { $toBool: "x" }, { $toBool: 0 }],
    [12, 3, 1.5, true, false],
  ],
  [
    "$toDate",
    [{ $toDate: "2024-01-02" }, { $toDate: Long.fromNumber(1_709_251_198_123) }],
    [date("2024-01-02T00:00:00Z"), date("2024-02-29T23:59:58.123Z")],
  ],
  ["$toLong of a date", { $toLong: "$at" }, 1709251198123],
  [
    "$convert",
    [{ $convert: { input: "x", to: "int", onError: -1 } }, { $convert: { input: null, to: "int", onNull: 0 } }],
    [-1, 0],
  ],
  ["$isNumber", [{ $isNumber: "$n" }, { $isNumber: "$text" }], [true, false]],
];

const dates: readonly ExpressionCase[] = [
  [
    "parts",
    [
      { $year: "$at" },
      { $month: "$at" },
      { $dayOfMonth: "$at" },
      { $hour: "$at" },
      { $minute: "$at" },
      { $second: "$at" },
      { $millisecond: "$at" },
    ],
    [2024, 2, 29, 23, 59, 58, 123],
  ],
  [
    "days and weeks",
    [{ $dayOfWeek: "$at" }, { $dayOfYear: "$at" }, { $isoDayOfWeek: "$at" }, { $isoWeek: "$at" }, { $week: "$at" }],
    [5, 60, 4, 9, 8],
  ],
  [
    "the ISO year of 30 December 2024",
    [{ $isoWeekYear: date("2024-12-30T00:00:00Z") }, { $isoWeek: date("2024-12-30T00:00:00Z") }],
    [2025, 1],
  ],
  ["a part in a time zone", { $hour: { date: "$at", timezone: "Europe/Berlin" } }, 0],
  [
    "$dateToString",
    [{ $dateToString: { date: "$at", format: "%Y-%m-%d" } }, { $dateToString: { date: "$at" } }],
    ["2024-02-29", "2024-02-29T23:59:58.123Z"],
  ],
  [
    "$dateToString in a time zone",
    { $dateToString: { date: "$at", format: "%Y-%m-%dT%H:%M%z", timezone: "America/New_York" } },
    "2024-02-29T18:59-0500",
  ],
  ["$dateToString of null", { $dateToString: { date: "$nothing", onNull: "-" } }, "-"],
  [
    "$dateTrunc",
    [
      { $dateTrunc: { date: "$at", unit: "day" } },
      { $dateTrunc: { date: "$at", unit: "month" } },
      { $dateTrunc: { date: "$at", unit: "hour", binSize: 6 } },
    ],
    [date("2024-02-29T00:00:00Z"), date("2024-02-01T00:00:00Z"), date("2024-02-29T18:00:00Z")],
  ],
  [
    "$dateTrunc to weeks",
    [
      { $dateTrunc: { date: "$at", unit: "week" } },
      { $dateTrunc: { date: "$at", unit: "week", startOfWeek: "monday" } },
    ],
    [date("2024-02-25T00:00:00Z"), date("2024-02-26T00:00:00Z")],
  ],
  [
    "$dateAdd stays in the month",
    { $dateAdd: { startDate: date("2024-01-31T10:00:00Z"), unit: "month", amount: 1 } },
    date("2024-02-29T10:00:00Z"),
  ],
  ["$dateSubtract", { $dateSubtract: { startDate: "$at", unit: "day", amount: 1 } }, date("2024-02-28T23:59:58.123Z")],
  [
    "$dateAdd of a day over a change of clocks",
    { $dateAdd: { startDate: date("2024-03-30T12:00:00Z"), unit: "day", amount: 1, timezone: "Europe/Berlin" } },
    date("2024-03-31T11:00:00Z"),
  ],
  [
    "$dateDiff counts boundaries",
    [
      { $dateDiff: { startDate: date("2023-12-31T23:59:59Z"), endDate: date("2024-01-01T00:00:00Z"), unit: "year" } },
      { $dateDiff: { startDate: date("2024-01-01T00:00:00Z"), endDate: "$at", unit: "day" } },
    ],
    [1, 59],
  ],
  [
    "$dateFromParts",
    [{ $dateFromParts: { year: 2024, month: 2, day: 3, hour: 4 } }, { $dateFromParts: { year: 2024, month: 14 } }],
    [date("2024-02-03T04:00:00Z"), date("2025-02-01T00:00:00Z")],
  ],
  ["$dateFromString", { $dateFromString: { dateString: "2024-02-03T04:05:06Z" } }, date("2024-02-03T04:05:06Z")],
  [
    "$dateToParts",
    { $dateToParts: { date: date("2024-02-03T04:05:06.007Z") } },
    { year: 2024, month: 2, day: 3, hour: 4, minute: 5, second: 6, millisecond: 7 },
  ],
];

describe.each([
  ["strings", strings],
  ["types", types],
  ["dates", dates],
] as const)("%s", (_title, cases) => {
  it.each([...cases] as ExpressionCase[])("%s", async (_name, expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });
});
