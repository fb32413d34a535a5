import { invalidField } from "./errors.ts";

/**
 * Search without a database's own ranking, so that it finds and orders alike everywhere: a query becomes patterns, a
 * database narrows by them, and the same patterns rank and highlight here. All functions are pure.
 */

/** One thing to look for. */
export interface SearchTerm {
  /** As it was written, in lower case and without diacritics. */
  readonly text: string;
  readonly isPhrase: boolean;
  /** Source of a regular expression (flags `i` and `u`) that means the same in PCRE and in JavaScript. */
  readonly pattern: string;
}

export interface SearchQuery {
  readonly wanted: readonly SearchTerm[];
  readonly unwanted: readonly SearchTerm[];
}

/** A place in a text, in UTF-16 code units as JavaScript counts them. */
interface TextMatch {
  readonly start: number;
  readonly length: number;
}

export interface Highlight {
  readonly field: string;
  /** Plain text around the first matches; never markup. */
  readonly snippet: string;
  readonly matches: readonly TextMatch[];
}

/** Rank of a result; results with the same score are in the order of their ids, newest first. */
export interface SearchPosition {
  readonly score: number;
  readonly id: string;
}

/** More terms than these make a query slower and no better. */
const mostTerms = 12;
/** Latin words shorter than this match whole words alone: as a beginning they would match half of all words. */
const shortestBeginning = 3;

/** Punctuation of sentences, which belongs to no word; `C++`, `#5` and `node.js` stay what they are. */
const edgePunctuation = /^[.,;:!?()[\]{}"'“”‘’«»…]+|[.,;:!?()[\]{}"'“”‘’«»…]+$/gu;
const asciiWordCharacter = /^[A-Za-z0-9_]$/;

/** Lower case, without diacritics. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase();
}

/** For each Latin letter all that differ from it only by a diacritic. */
const variants: ReadonlyMap<string, string> = (() => {
  const found = new Map<string, string>();
  for (let code = 0xc0; code <= 0x17f; code += 1) {
    const letter = String.fromCharCode(code);
    const base = fold(letter);
    if (/^[a-z]$/.test(base)) found.set(base, (found.get(base) ?? base) + letter);
  }
  return found;
})();

/** Makes every character stand for itself, or for the same letter with a diacritic. */
function literalPattern(text: string): string {
  return [...text]
    .map((character) => {
      const group = variants.get(character);
      if (group !== undefined) return `[${group}]`;
      return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
    })
    .join("");
}

function isWordEdge(character: string | undefined): boolean {
  return character !== undefined && asciiWordCharacter.test(character);
}

/** Languages without spaces between words, and others outside of ASCII, match anywhere: `\b` knows ASCII alone. */
function wordTerm(word: string): SearchTerm {
  const text = fold(word);
  const start = isWordEdge(text[0]) ? "\\b" : "";
  const isShort = text.length < shortestBeginning && isWordEdge(text.at(-1));
  return { text, isPhrase: false, pattern: `${start}${literalPattern(text)}${isShort ? "\\b" : ""}` };
}

function phraseTerm(phrase: string): SearchTerm {
  const text = fold(phrase).replace(/\s+/g, " ");
  const start = isWordEdge(text[0]) ? "\\b" : "";
  const end = isWordEdge(text.at(-1)) ? "\\b" : "";
  return { text, isPhrase: true, pattern: `${start}${text.split(" ").map(literalPattern).join("\\s+")}${end}` };
}

/** Punctuation at its edges goes, unless it is all there is. */
function withoutEdges(chunk: string): string {
  const inner = chunk.replace(edgePunctuation, "");
  return inner === "" ? chunk : inner;
}

/**
 * Reads what somebody typed: words, "quoted phrases", and both with a leading minus to leave out what has them. Every
 * other character is plain text: nothing in a query is an operator or a pattern.
 */
export function parseSearchQuery(typed: string): SearchQuery {
  const wanted = new Map<string, SearchTerm>();
  const unwanted = new Map<string, SearchTerm>();
  // Control characters are typed by nobody, and databases refuse some of them in a pattern.
  const text = typed.toWellFormed().replace(/\p{Cc}/gu, " ");
  for (const [, minus, phrase, word = ""] of text.matchAll(/(?:(?<=^|\s)(-)(?=\S))?(?:"([^"]*)"|(\S+))/gu)) {
    const chunk = phrase === undefined ? withoutEdges(word) : phrase.trim();
    if (chunk === "" || /^"+$/.test(chunk)) continue;
    const term = phrase === undefined ? wordTerm(chunk) : phraseTerm(chunk);
    (minus === "-" ? unwanted : wanted).set(term.pattern, term);
  }
  const first = (terms: ReadonlyMap<string, SearchTerm>) => [...terms.values()].slice(0, mostTerms);
  return { wanted: first(wanted), unwanted: first(unwanted) };
}

function placesOf(term: SearchTerm, text: string, most: number): TextMatch[] {
  const places: TextMatch[] = [];
  for (const match of text.matchAll(new RegExp(term.pattern, "giu"))) {
    places.push({ start: match.index, length: match[0].length });
    if (places.length === most) break;
  }
  return places;
}

/** Rare words tell more than frequent ones, and frequent ones are short in most languages. From 0.3 to 1. */
function weightOf(term: SearchTerm): number {
  return 0.3 + 0.7 * Math.min(1, [...term.text].length / 8);
}

const wordAround = /^[\p{L}\p{N}_]$/u;

/** Whether the match ends where the word ends. */
function isWholeWord(text: string, place: TextMatch): boolean {
  const next = text.codePointAt(place.start + place.length);
  return next === undefined || !wordAround.test(String.fromCodePoint(next));
}

const countedMatches = 8;

function termScore(term: SearchTerm, text: string): number {
  const places = placesOf(term, text, countedMatches);
  if (places.length === 0) return 0;
  const fit = places.some((place) => isWholeWord(text, place)) ? 1 : 0.7;
  // Each further match adds less; phrases say more than words.
  return weightOf(term) * fit * (1 + 0.25 * Math.log2(places.length)) * (term.isPhrase ? 1.5 : 1);
}

/**
 * How well a document answers the query: coverage of the terms first, then whole words before beginnings, several matches
 * before one, short texts before long ones. It depends on nothing but the document and the query, so that pages
 * keep their order while other documents come and go.
 * @param texts the document's fields, each with its weight
 * @returns 0 to about 3, rounded to 4 digits
 */
export function scoreOf(query: SearchQuery, texts: readonly { text: string; weight: number }[]): number {
  let matched = 0;
  let sum = 0;
  for (const term of query.wanted) {
    const best = Math.max(0, ...texts.map(({ text, weight }) => weight * termScore(term, text)));
    if (best > 0) matched += 1;
    sum += best;
  }
  if (query.wanted.length === 0) return 0;
  const total = query.wanted.reduce((all, term) => all + weightOf(term), 0);
  const coverage = matched / query.wanted.length;
  const length = texts.reduce((all, { text }) => all + text.length, 0);
  const brevity = 1 / (1 + Math.log10(1 + length / 500));
  // The floor is for what a database found beyond the part of a long text that is ranked.
  const score = Math.max(0.01, (sum / total) * (0.4 + 0.6 * coverage) * (0.8 + 0.2 * brevity));
  return Math.round(score * 10_000) / 10_000;
}

const snippetLength = 200;
const leadIn = 40;
const mostHighlights = 20;

/** Joins what overlaps, in order. */
function merged(places: readonly TextMatch[]): TextMatch[] {
  const result: TextMatch[] = [];
  for (const place of [...places].sort((left, right) => left.start - right.start || right.length - left.length)) {
    const last = result.at(-1);
    if (last === undefined || place.start >= last.start + last.length) result.push(place);
    else {
      const end = Math.max(last.start + last.length, place.start + place.length);
      result[result.length - 1] = { start: last.start, length: end - last.start };
    }
  }
  return result;
}

/** Moves a cut out of the middle of a surrogate pair. */
function safeCut(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

function windowAround(text: string, first: TextMatch): { from: number; to: number } {
  if (text.length <= snippetLength) return { from: 0, to: text.length };
  let from = Math.max(0, first.start - leadIn);
  // Begins at a word, if there is one close by.
  const space = text.slice(from, first.start).search(/\s/);
  if (from > 0 && space >= 0) from += space + 1;
  const to = Math.min(text.length, Math.max(from + snippetLength, first.start + first.length));
  return { from: safeCut(text, from), to: safeCut(text, to) };
}

/** The part of a text around its first match, with the places of all matches in it; null without a match. */
export function highlight(query: SearchQuery, field: string, text: string): Highlight | null {
  const places = merged(query.wanted.flatMap((term) => placesOf(term, text, 200)));
  const [first] = places;
  if (first === undefined) return null;
  const { from, to } = windowAround(text, first);
  const before = from > 0 ? "…" : "";
  return {
    field,
    snippet: `${before}${text.slice(from, to)}${to < text.length ? "…" : ""}`,
    matches: places
      .filter(({ start, length }) => start >= from && start + length <= to)
      .slice(0, mostHighlights)
      .map(({ start, length }) => ({ start: start - from + before.length, length })),
  };
}

/** Best first; equal scores newest id first. */
export function compareRanked(left: SearchPosition, right: SearchPosition): number {
  return right.score - left.score || (left.id < right.id ? 1 : left.id > right.id ? -1 : 0);
}

export function encodeSearchCursor({ score, id }: SearchPosition): string {
  return Buffer.from(JSON.stringify([score, id])).toString("base64url");
}

/** @throws AppError `validation_failed` naming `cursor` */
export function decodeSearchCursor(cursor: string | undefined): SearchPosition | undefined {
  if (cursor === undefined) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    parts = null;
  }
  const [score, id]: unknown[] = Array.isArray(parts) ? parts : [];
  if (typeof score !== "number" || typeof id !== "string") throw invalidField("cursor", "is not a cursor of this list");
  return { score, id };
}
