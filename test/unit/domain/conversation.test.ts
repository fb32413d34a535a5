import { describe, expect, it } from "vitest";
import { cleanTitle, titleFrom } from "../../../src/domain/conversation.ts";
import { decodeCursor, decodeIdCursor, encodeCursor, encodeIdCursor } from "../../../src/domain/cursor.ts";

describe("titleFrom", () => {
  it.each([
    ["Hello", "Hello"],
    ["  two\n lines ", "two lines"],
    ["", "New conversation"],
  ])("makes %j into %j", (text, title) => {
    expect(titleFrom(text)).toBe(title);
  });

  it("cuts at a word, and within one only when there is no other way", () => {
    expect(titleFrom("a lighthouse on a cliff above a purple sea at dusk in the autumn of the year")).toBe(
      "a lighthouse on a cliff above a purple sea at dusk in the…",
    );
    expect(titleFrom("x".repeat(100))).toBe(`${"x".repeat(60)}…`);
  });
});

describe("cleanTitle", () => {
  it.each([
    ['"A Trip to Oslo."', "A Trip to Oslo"],
    ["Title: Boats\nand more", "Boats"],
    ["**Winter plans**", "Winter plans"],
    ["   ", ""],
  ])("makes %j into %j", (text, title) => {
    expect(cleanTitle(text)).toBe(title);
  });
});

describe("cursors", () => {
  it("come back as they went", () => {
    const position = { at: new Date("2026-01-31T09:30:00.123Z"), id: "conv_1" };
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
    expect(decodeIdCursor(encodeIdCursor("msg_1"))).toBe("msg_1");
    expect(decodeCursor(undefined)).toBeUndefined();
  });

  it.each(["", "x", "e30", "WzFd", encodeIdCursor("msg_1"), Buffer.from('["a","b"]').toString("base64url")])(
    "refuse %j",
    (cursor) => {
      expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: "validation_failed" }));
    },
  );
});
