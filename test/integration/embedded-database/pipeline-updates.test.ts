import type { Document } from "mongodb";
import { describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

describe("updates by a pipeline", () => {
  it.each([
    [
      "takes credits, never below zero, and keeps a hold",
      { credits: 2, holds: {} },
      [
        {
          $set: {
            "holds.msg_1": { $min: [3, "$credits"] },
            credits: { $subtract: ["$credits", { $min: [3, "$credits"] }] },
          },
        },
      ],
      { credits: 0, holds: { msg_1: 2 } },
    ],
    [
      "gives a hold back and removes it",
      { credits: 1, holds: { msg_1: 2, msg_2: 1 } },
      [{ $set: { credits: { $add: ["$credits", "$holds.msg_1"] } } }, { $unset: "holds.msg_1" }],
      { credits: 3, holds: { msg_2: 1 } },
    ],
    ["$unset takes a list", { a: 1, b: { c: 1, d: 2 }, e: 3 }, [{ $unset: ["a", "b.c"] }], { b: { d: 2 }, e: 3 }],
    ["fields see the document before the stage", { a: 1, b: 2 }, [{ $set: { a: "$b", b: "$a" } }], { a: 2, b: 1 }],
    [
      "a stage sees the one before",
      { a: 1 },
      [{ $set: { b: { $add: ["$a", 1] } } }, { $set: { c: { $add: ["$b", 1] } } }],
      { a: 1, b: 2, c: 3 },
    ],
    ["$set of an object merges fields", { o: { x: 1 } }, [{ $set: { o: { y: 2 } } }], { o: { x: 1, y: 2 } }],
    ["$set of a literal object replaces", { o: { x: 1 } }, [{ $set: { o: { $literal: { y: 2 } } } }], { o: { y: 2 } }],
    [
      "a dotted $set goes into each element",
      { l: [{ a: 1 }, { a: 2 }] },
      [{ $set: { "l.b": 0 } }],
      {
        l: [
          { a: 1, b: 0 },
          { a: 2, b: 0 },
        ],
      },
    ],
    [
      "$$REMOVE takes a field away",
      { a: 1, b: 2 },
      [{ $set: { a: { $cond: [{ $gt: ["$b", 1] }, "$$REMOVE", "$a"] } } }],
      { b: 2 },
    ],
    ["$replaceWith keeps _id", { a: { x: 1 } }, [{ $replaceWith: "$a" }], { x: 1 }],
    [
      "$replaceRoot with $mergeObjects",
      { a: 1 },
      [{ $replaceRoot: { newRoot: { $mergeObjects: [{ b: 2 }, "$$ROOT"] } } }],
      { b: 2, a: 1 },
    ],
    ["$project", { a: 1, b: 2 }, [{ $project: { a: 1 } }], { a: 1 }],
    [
      "conditions by state",
      { status: "pending" },
      [{ $set: { status: { $cond: [{ $eq: ["$status", "pending"] }, "done", "$status"] } } }],
      { status: "done" },
    ],
    [
      "arrays are filtered and joined",
      { l: [1, 2, 3] },
      [{ $set: { l: { $concatArrays: [{ $filter: { input: "$l", cond: { $ne: ["$$this", 2] } } }, [9]] } } }],
      { l: [1, 3, 9] },
    ],
  ])("%s", async (_name, before, pipeline, after) => {
    const collection = await server().collection([{ _id: 1, ...before }]);
    await collection.updateOne({ _id: 1 as never }, pipeline as Document[]);
    const { _id, ...found } = (await collection.findOne({})) ?? {};
    expect([_id, found]).toEqual([1, after]);
  });

  it("knows the time and the variables of let", async () => {
    const collection = await server().collection([{ _id: 1, n: 1 }]);
    const found = await collection.findOneAndUpdate({}, [{ $set: { at: "$$NOW", n: { $add: ["$n", "$$more"] } } }], {
      let: { more: 5 },
      returnDocument: "after",
    });
    expect(found?.n).toBe(6);
    expect(Math.abs(found?.at.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it("leaves the document as it was if an expression fails", async () => {
    const collection = await server().collection([{ _id: 1, a: "x" }]);
    const { code } = await refusal(
      collection.updateOne({}, [{ $set: { b: 1 } }, { $set: { a: { $add: ["$a", 1] } } }]),
    );
    expect(code).toBe(14);
    expect(await collection.findOne({})).toEqual({ _id: 1, a: "x" });
  });

  it.each([
    ["a stage that is not allowed", [{ $match: { a: 1 } }], 72],
    ["another _id", [{ $set: { _id: 5 } }], 66],
    ["an unknown variable", [{ $set: { a: "$$nothing" } }], 17276],
  ])("refuses %s", async (_name, pipeline, code) => {
    const collection = await server().collection([{ _id: 1 }]);
    expect((await refusal(collection.updateOne({}, pipeline as Document[]))).code).toBe(code);
  });
});
