import { describe, expect, it } from "vitest";
import { isSameForRange, matchesEtag, parseRange } from "../../../src/http/ranges.ts";

describe("a byte range", () => {
  it.each([
    ["bytes=0-0", { offset: 0, length: 1 }],
    ["bytes=5-", { offset: 5, length: 5 }],
    ["bytes=5-100", { offset: 5, length: 5 }],
    ["bytes=-3", { offset: 7, length: 3 }],
    ["bytes=-30", { offset: 0, length: 10 }],
  ])("%s of ten bytes", (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it.each(["bytes=10-", "bytes=10-12", "bytes=-0"])("%s lies outside of ten bytes", (header) => {
    expect(parseRange(header, 10)).toBeNull();
  });

  it.each([null, "", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=a-b"])("%s is no range", (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });
});

describe("entity tags", () => {
  it("match one of a list, weak ones too, and any", () => {
    expect(matchesEtag('"a", W/"b"', '"b"')).toBe(true);
    expect(matchesEtag("*", '"b"')).toBe(true);
    expect(matchesEtag('"a"', '"b"')).toBe(false);
    expect(matchesEtag(null, '"b"')).toBe(false);
  });

  it("let a range be taken only from the very same bytes", () => {
    expect(isSameForRange(null, '"b"')).toBe(true);
    expect(isSameForRange('"b"', '"b"')).toBe(true);
    expect(isSameForRange('W/"b"', '"b"')).toBe(false);
  });
});
