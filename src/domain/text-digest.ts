import { stopWords } from "./stop-words.ts";

const sampleCharacters = 20_000;
const summaryCharacters = 600;
const summarySentences = 4;
const summaryHeadings = 6;

/** Scripts that stand for one language well enough, with its ISO 639-1 code; Kana before Han, which Japanese has too. */
const scripts: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, "ja"],
  [/\p{Script=Hangul}/gu, "ko"],
  [/\p{Script=Han}/gu, "zh"],
  [/\p{Script=Cyrillic}/gu, "ru"],
  [/\p{Script=Greek}/gu, "el"],
  [/\p{Script=Arabic}/gu, "ar"],
  [/\p{Script=Hebrew}/gu, "he"],
  [/\p{Script=Devanagari}/gu, "hi"],
  [/\p{Script=Thai}/gu, "th"],
];
/** The share of a script's letters from which on it is the text's. */
const scriptShare = 0.2;
/** Frequent words among all, from which on they tell a language. */
const wordShare = 0.08;
const minWords = 8;

/**
 * The language of a text by its script, or by its most frequent words; a short look at the beginning.
 * @returns ISO 639-1, or undefined when it cannot be told
 */
export function detectLanguage(text: string): string | undefined {
  const sample = text.slice(0, sampleCharacters);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return undefined;
  for (const [script, language] of scripts) {
    if ((sample.match(script)?.length ?? 0) > letters * scriptShare) return language;
  }
  const words = sample.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length < minWords) return undefined;
  const counts = Object.entries(stopWords)
    .map(([language, set]) => ({ language, count: words.filter((word) => set.has(word)).length }))
    .sort((left, right) => right.count - left.count);
  const [first, second] = counts;
  if (first === undefined || first.count < words.length * wordShare) return undefined;
  return second !== undefined && second.count === first.count ? undefined : first.language;
}

/** A short digest made of the text's own words: for tables their columns, else headings and the first full sentences. */
export function summarise(text: string, kind: string): string {
  if (kind === "csv") return summariseTable(text);
  const sample = text.slice(0, sampleCharacters);
  if (kind === "source" || kind === "json") return cut(firstLines(sample));
  const headings = [...sample.matchAll(/^#{1,3}[ \t]+(\S.*)$/gm)].map((match) => (match[1] ?? "").trim());
  const prose = sample.replace(/^#{1,6}[ \t].*$/gm, "\n\n").replace(/^[ \t]*(?:[-*+>]|\d+[.)])[ \t]+/gm, "");
  const sentences = meaningfulSentences(prose).slice(0, summarySentences);
  const heads = headings.length === 0 ? [] : [`${headings.slice(0, summaryHeadings).join("; ")}.`];
  const digest = [...heads, ...sentences].join(" ");
  return cut(digest === "" ? firstLines(sample) : digest);
}

function summariseTable(text: string): string {
  const [header = ""] = text.split("\n", 1);
  const delimiter = [",", ";", "\t"].reduce((best, one) =>
    header.split(one).length > header.split(best).length ? one : best,
  );
  const columns = header.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const lines = text.split("\n").filter((line) => line.trim() !== "").length;
  return cut(`A table of ${columns.length} columns and ${Math.max(0, lines - 1)} rows: ${columns.join(", ")}.`);
}

function firstLines(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Sentences that say something: some words long, made of letters mostly. Page numbers and lone titles are left out. */
function meaningfulSentences(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  return text
    .split(/\n\s*\n/)
    .flatMap((paragraph) => [...segmenter.segment(paragraph.replace(/\s+/g, " ").trim())])
    .map(({ segment }) => segment.trim())
    .filter((sentence) => {
      const letters = sentence.match(/\p{L}/gu)?.length ?? 0;
      return sentence.length >= 20 && letters > sentence.length / 2 && /[.!?。!?…:]["'”’)]*$/u.test(sentence);
    });
}

function cut(text: string): string {
  if (text.length <= summaryCharacters) return text;
  const head = text.slice(0, summaryCharacters).toWellFormed();
  const space = head.lastIndexOf(" ");
  return `${(space > summaryCharacters / 2 ? head.slice(0, space) : head).trimEnd()}…`;
}
