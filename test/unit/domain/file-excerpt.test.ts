import { describe, expect, it } from "vitest";
import { questionTerms, selectExcerpts, splitIntoChunks } from "../../../src/domain/file-excerpt.ts";

const filler = (index: number) =>
  `Paragraph ${index} talks about the weather in general terms and goes on for a while.`;

/** 200 paragraphs about nothing, with one that matters in the middle and one near the end. */
const report = Array.from({ length: 200 }, (_unused, index) => {
  if (index === 120) return "The Hamburg warehouse lost 4,711 pallets in the flood of March.";
  if (index === 180) return "Insurance paid for the pallets of Hamburg in June.";
  return filler(index);
}).join("\n\n");

describe("the words of a question", () => {
  it("leave out what every question has", () => {
    expect(questionTerms("What is the price of the blue widgets?")).toEqual(["price", "blue", "widget"]);
    expect(questionTerms("Wie hoch ist der Preis?")).toEqual(["hoch", "preis"]);
    expect(questionTerms("the of and")).toEqual([]);
  });

  it("are found where no spaces are written", () => {
    expect(questionTerms("東京の天気")).toContain("東京");
  });
});

describe("chunks", () => {
  it("cover the text without a gap, end at a paragraph where they can, and never split a character", () => {
    for (const text of [report, "x".repeat(5_000), "😀".repeat(1_201), "one two ".repeat(900), ""]) {
      const chunks = splitIntoChunks(text, 301);
      expect(chunks.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
      for (const { start, end } of chunks) {
        expect(end - start).toBeGreaterThan(0);
        expect(end - start).toBeLessThanOrEqual(301);
        expect(text.slice(start, end).isWellFormed()).toBe(true);
      }
    }
    expect(splitIntoChunks("first.\n\nsecond is longer", 12).map(({ end }) => end)[0]).toBe(8);
  });
});

describe("what of a long text is shown", () => {
  it("is all of it when it fits", () => {
    expect(selectExcerpts("short", { question: "anything", maxCharacters: 5 })).toEqual({
      text: "short",
      isComplete: true,
    });
  });

  it("is what the question is about, in the order of the text", () => {
    const { text, isComplete } = selectExcerpts(report, {
      question: "How many pallets did the warehouse in Hamburg lose?",
      maxCharacters: 2_000,
    });
    expect(isComplete).toBe(false);
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(text).toContain("4,711 pallets");
    expect(text).toContain("Insurance paid");
    expect(text.indexOf("4,711")).toBeLessThan(text.indexOf("Insurance"));
    expect(text).toContain("[…]");
  });

  it("finds other forms of a word, but not words inside of words", () => {
    const text = `${"carpet and scarf. ".repeat(200)}\n\nThe cars were sold.\n\n${"carpet and scarf. ".repeat(200)}`;
    const { text: shown } = selectExcerpts(text, { question: "car sold", maxCharacters: 700 });
    expect(shown).toContain("The cars were sold.");
  });

  it("is the beginning when no word is in common", () => {
    const { text } = selectExcerpts(report, { question: "zzz", maxCharacters: 1_000 });
    expect(text.startsWith("Paragraph 0 ")).toBe(true);
    expect(text).not.toContain("Paragraph 100");
  });

  it("never is longer than allowed, however little that is", () => {
    for (const maxCharacters of [0, 1, 10, 100, 333, 1_000, 5_000]) {
      const { text } = selectExcerpts(report, { question: "Hamburg", maxCharacters });
      expect(text.length).toBeLessThanOrEqual(Math.max(maxCharacters, "\n[…]\n".length));
    }
  });

  it("takes characters of a pattern for what they are", () => {
    const text = `${filler(1).repeat(50)}\n\nUse c++ and [brackets] (a|b)*.\n\n${filler(2).repeat(50)}`;
    expect(() => selectExcerpts(text, { question: "c++ (a|b)* [brackets] \\d+ $", maxCharacters: 500 })).not.toThrow();
  });

  it("is chosen from two million characters in a moment", () => {
    const text = report.repeat(Math.ceil(2_000_000 / report.length)).slice(0, 2_000_000);
    const startedAt = performance.now();
    selectExcerpts(text, {
      question: "How many pallets did the Hamburg warehouse lose in March?",
      maxCharacters: 8_000,
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
