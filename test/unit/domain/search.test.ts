import { describe, expect, it } from "vitest";
import {
  compareRanked,
  decodeSearchCursor,
  encodeSearchCursor,
  highlight,
  parseSearchQuery,
  scoreOf,
} from "../../../src/domain/search.ts";

const wanted = (typed: string) => parseSearchQuery(typed).wanted.map(({ text }) => text);
const unwanted = (typed: string) => parseSearchQuery(typed).unwanted.map(({ text }) => text);
const finds = (typed: string, text: string) => highlight(parseSearchQuery(typed), "content", text) !== null;
const score = (typed: string, text: string) => scoreOf(parseSearchQuery(typed), [{ text, weight: 1 }]);

describe("reading a query", () => {
  it.each([
    ["storm sea", ["storm", "sea"], []],
    ['"Storm  over" sea', ["storm over", "sea"], []],
    ["storm -sea", ["storm"], ["sea"]],
    ['storm -"calm sea"', ["storm"], ["calm sea"]],
    ["Café", ["cafe"], []],
    ["What is this?", ["what", "is", "this"], []],
    ["C++ and node.js", ["c++", "and", "node.js"], []],
    ["well-known", ["well-known"], []],
    ["storm storm", ["storm"], []],
    ['"open', ["open"], []],
    ['""', [], []],
    ["-sea", [], ["sea"]],
    ["...", ["..."], []],
    ["nul\u0000byte \ud83e", ["nul", "byte", "\ufffd"], []],
    ["-", ["-"], []],
  ])("%s", (typed, expectedWanted, expectedUnwanted) => {
    expect(wanted(typed)).toEqual(expectedWanted);
    expect(unwanted(typed)).toEqual(expectedUnwanted);
  });

  it("takes no more than a dozen terms", () => {
    expect(wanted(Array.from({ length: 50 }, (_unused, index) => `word${index}`).join(" "))).toHaveLength(12);
  });
});

describe("matching", () => {
  it.each([
    ["light", "A lighthouse", true],
    ["house", "A lighthouse", false],
    ["ai", "an aim", false],
    ["ai", "AI is here", true],
    ["cafe", "Le CAFÉ est là", true],
    ["café", "the cafe", true],
    ["東京", "明日は東京タワーへ", true],
    ["замок", "Старый ЗАМОК", true],
    ['"storm over"', "a storm\n over us", true],
    ['"storm over"', "stormy over us", false],
    [".*", "anything", false],
    [".*", "grep .* here", true],
    ["(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false],
    ["[a-z]", "letters", false],
    ["$where", "where it is", false],
    ["$where", "use $where", true],
    ["a|b", "a or b", false],
    ["\\d", "5", false],
  ])("%s in %j", (typed, text, expected) => {
    expect(finds(typed, text)).toBe(expected);
  });
});

describe("ranking", () => {
  it("puts all terms before some, whole words before beginnings, several matches before one, short before long", () => {
    const filler = " and nothing else of note".repeat(80);
    expect(score("storm sea", "storm and sea")).toBeGreaterThan(score("storm sea", "storm storm storm"));
    expect(score("light", "a light")).toBeGreaterThan(score("light", "a lighthouse"));
    expect(score("storm", "storm, storm")).toBeGreaterThan(score("storm", "storm, calm!"));
    expect(score("storm", "a storm")).toBeGreaterThan(score("storm", `a storm${filler}`));
    expect(score("the lighthouse", "lighthouse")).toBeGreaterThan(score("the lighthouse", "the"));
  });

  it("gives something to what a database found further on", () => {
    expect(score("storm", "calm")).toBeGreaterThan(0);
  });

  it("orders by score and then newest first", () => {
    const ranked = [
      { score: 1, id: "msg_1" },
      { score: 2, id: "msg_2" },
      { score: 1, id: "msg_3" },
    ].sort(compareRanked);
    expect(ranked.map(({ id }) => id)).toEqual(["msg_2", "msg_3", "msg_1"]);
  });
});

describe("highlights", () => {
  it("name the places of all matches in the snippet", () => {
    const found = highlight(parseSearchQuery("storm sea"), "content", "The storm and the SEA, stormy");
    expect(found).toEqual({
      field: "content",
      snippet: "The storm and the SEA, stormy",
      matches: [
        { start: 4, length: 5 },
        { start: 18, length: 3 },
        { start: 23, length: 5 },
      ],
    });
  });

  it("cut a long text around the first match, never through a character", () => {
    const text = `${"🦀".repeat(300)} a needle ${"🦀".repeat(300)}`;
    const found = highlight(parseSearchQuery("needle"), "content", text);
    expect(found?.snippet.isWellFormed()).toBe(true);
    expect(found?.snippet.length).toBeLessThan(210);
    const [match] = found?.matches ?? [];
    expect(found?.snippet.slice(match?.start, (match?.start ?? 0) + (match?.length ?? 0))).toBe("needle");
  });

  it("keep markup as the text that it is", () => {
    const found = highlight(parseSearchQuery("script"), "content", "<script>alert(1)</script>");
    expect(found?.snippet).toBe("<script>alert(1)</script>");
    expect(found?.matches).toEqual([
      { start: 1, length: 6 },
      { start: 18, length: 6 },
    ]);
  });

  it("join matches that overlap", () => {
    const found = highlight(parseSearchQuery('light lighthouse "light"'), "content", "lighthouse");
    expect(found?.matches).toEqual([{ start: 0, length: 10 }]);
  });
});

describe("cursors", () => {
  it("come back as they went out", () => {
    const position = { score: 1.2345, id: "msg_1" };
    expect(decodeSearchCursor(encodeSearchCursor(position))).toEqual(position);
    expect(decodeSearchCursor(undefined)).toBeUndefined();
  });

  it.each(["x", "bnVsbA", Buffer.from('["a","b"]').toString("base64url"), Buffer.from("{}").toString("base64url")])(
    "refuses %s",
    (cursor) => {
      expect(() => decodeSearchCursor(cursor)).toThrow("cursor");
    },
  );
});
