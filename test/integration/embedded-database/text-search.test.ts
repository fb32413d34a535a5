import type { Collection } from "mongodb";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

describe("$text", () => {
  let notes: Collection;

  beforeAll(async () => {
    notes = await server().collection([
      { _id: 1, title: "The lighthouse", body: "A storm over the sea", user: "a" },
      { _id: 2, title: "Café guide", body: "Coffee and running water", user: "a" },
      { _id: 3, title: "Storms", body: "Storm, storm and storm again", user: "b" },
      { _id: 4, title: "Sea", body: "calm", user: "b" },
      { _id: 5, title: "Nothing to see", user: "c" },
    ]);
    await notes.createIndex({ title: "text", body: "text" }, { weights: { title: 5, body: 1 } });
  });

  const search = async (text: string, more: object = {}) =>
    (
      await notes
        .find({ $text: { $search: text }, ...more })
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id);

  it.each([
    ["one word", "lighthouse", [1]],
    ["any of several words", "lighthouse coffee", [1, 2]],
    ["case does not matter", "SEA", [1, 4]],
    ["nor do diacritics", "cafe", [2]],
    ["plurals and forms of a word", "runs storm", [1, 2, 3]],
    ["a phrase", '"storm over"', [1]],
    ["a phrase beside a word has to be there", '"storm over" calm', [1]],
    ["without a word", "storm -sea", [3]],
    ["without a phrase", 'storm -"storm again"', [1]],
    ["stop words find nothing", "the", []],
    ["no part of a word", "light", []],
    ["nothing found", "zebra", []],
    ["only what is unwanted finds nothing", "-sea", []],
  ])("%s", async (_name, text, expected) => {
    expect(await search(text)).toEqual(expected);
  });

  it("combines with other conditions", async () => {
    expect(await search("storm sea", { user: "b" })).toEqual([3, 4]);
  });

  it("sorts by score, best first, and shows the score", async () => {
    const found = await notes
      .find({ $text: { $search: "sea" } })
      .project({ score: { $meta: "textScore" } })
      .sort({ score: { $meta: "textScore" } })
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual([4, 1]);
    expect(found[0]?.score).toBeGreaterThan(found[1]?.score);
  });

  it("works at the head of an aggregation, with the score in an expression", async () => {
    const found = await notes
      .aggregate([
        { $match: { $text: { $search: "sea" } } },
        { $addFields: { score: { $meta: "textScore" } } },
        { $sort: { score: -1 } },
        { $limit: 1 },
      ])
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual([4]);
  });

  it("follows inserts, changes and deletions", async () => {
    await notes.insertOne({ _id: 9 as never, title: "Zebra crossing" });
    expect(await search("zebra")).toEqual([9]);
    await notes.updateOne({ _id: 9 as never }, { $set: { title: "Tiger crossing" } });
    expect([await search("zebra"), await search("tiger crossing")]).toEqual([[], [9]]);
    await notes.deleteOne({ _id: 9 as never });
    expect(await search("tiger")).toEqual([]);
  });

  it("allows one text index a collection and no hint beside it", async () => {
    expect([67, 85]).toContain((await refusal(notes.createIndex({ other: "text" }))).code);
    expect(
      (
        await refusal(
          notes
            .find({ $text: { $search: "sea" } })
            .hint("_id_")
            .toArray(),
        )
      ).code,
    ).toBe(2);
  });

  it("takes words as they are in the language none", async () => {
    const plain = await server().collection([{ _id: 1, t: "the running man" }]);
    await plain.createIndex({ t: "text" }, { default_language: "none" });
    const count = (text: string) => plain.countDocuments({ $text: { $search: text } });
    expect([await count("the"), await count("run"), await count("running")]).toEqual([1, 0, 1]);
  });
});
