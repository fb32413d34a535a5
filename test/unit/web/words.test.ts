import { describe, expect, it } from "vitest";
import { wordsOf } from "../../../src/web/content.ts";
import { fileNameFrom } from "../../../src/web/file-name.ts";
import { bytesText, periodOf } from "../../../src/web/format.ts";
import { segmentsOf } from "../../../src/web/search/highlight.ts";

describe("highlights", () => {
  it("cut a text into what matched and what did not", () => {
    expect(
      segmentsOf("a big boat", [
        { start: 2, length: 3 },
        { start: 6, length: 4 },
      ]),
    ).toEqual([
      { text: "a ", isMatch: false },
      { text: "big", isMatch: true },
      { text: " ", isMatch: false },
      { text: "boat", isMatch: true },
    ]);
  });

  it("lose nothing of the text, whatever the places are", () => {
    const places = [
      { start: 5, length: 50 },
      { start: -2, length: 4 },
      { start: 1, length: 3 },
      { start: 90, length: 1 },
    ];
    const segments = segmentsOf("<b>x</b>", places);
    expect(segments.map(({ text }) => text).join("")).toBe("<b>x</b>");
    expect(segmentsOf("", [{ start: 0, length: 1 }])).toEqual([]);
  });
});

describe("structured content", () => {
  it("is told by its words, for copying and searching", () => {
    expect(
      wordsOf([
        { type: "text", value: "Look:" },
        { type: "code", value: { code: "a = 1", language: "python" } },
        { type: "image", value: { image_id: "img_1" } },
        { type: "button", value: { label: "Go on" } },
        { type: "card", value: { title: "Boat", text: "A red one." } },
      ]),
    ).toBe("Look:\n\n```python\na = 1\n```\n\nGo on\n\nBoat\nA red one.");
    expect(wordsOf("plain")).toBe("plain");
  });
});

describe("names and numbers", () => {
  it("make file names that every system takes", () => {
    expect(fileNameFrom('A/B: "süß" <1>', "md")).toBe("A-B-süß-1.md");
    expect(fileNameFrom("???", "json")).toBe("conversation.json");
  });

  it("say sizes as people do", () => {
    expect([999, 1_000, 1_540, 25_400_000, 50_000_000].map(bytesText)).toEqual([
      "999 B",
      "1.0 kB",
      "1.5 kB",
      "25 MB",
      "50 MB",
    ]);
  });

  it("put conversations under the days that they belong to", () => {
    const now = new Date(2026, 4, 20, 0, 30);
    const before = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
    expect([0, 1, 25, 24 * 4, 24 * 20].map((hours) => periodOf(before(hours), now))).toEqual([
      "Today",
      "Yesterday",
      "This week",
      "This week",
      "This month",
    ]);
  });
});
