import { describe, expect, it } from "vitest";
import { changedTags, normaliseTag, normaliseTags } from "../../../src/domain/tags.ts";

describe("tags", () => {
  it.each([
    ["  Sea ", "sea"],
    ["light\t\n house", "light house"],
    ["ÉTÉ", "été"],
    ["e\u0301te\u0301", "été"],
    ["a\u200Bb\u0000c", "a b c"],
    ["\u202E \u0007", ""],
    ["\uD800x", "\uFFFDx"],
  ])("%j is %j", (typed, tag) => {
    expect(normaliseTag(typed)).toBe(tag);
  });

  it("are each there once, in the order in which they came", () => {
    expect(normaliseTags(["B", "a", " b ", "", "A"])).toEqual(["b", "a"]);
  });

  it("are added behind those that are there, and taken away however they are written", () => {
    expect(changedTags(["a", "b"], { add: ["C", "a"] })).toEqual(["a", "b", "c"]);
    expect(changedTags(["a", "b"], { remove: [" B "] })).toEqual(["a"]);
    expect(changedTags(["a"], { add: ["b"], remove: ["b"] })).toEqual(["a"]);
  });
});
