import { numberedError } from "../engine/errors.ts";
import { someValue, splitPath } from "../engine/paths.ts";
import { compareValues, type Document, getField } from "../engine/values.ts";
import type { IndexSpecification } from "./index-specification.ts";
import type { StoredRecord } from "./sorted-list.ts";
import { fold, terms } from "./text-analysis.ts";
import { indexLanguages, parseTextQuery, type TextQuery } from "./text-query.ts";

export interface TextIndex {
  readonly specification: IndexSpecification;
  add(record: StoredRecord): void;
  remove(record: StoredRecord): void;
  /** Called before a record's document is exchanged for another one. */
  exchange(record: StoredRecord, document: Document): void;
  build(records: Iterable<StoredRecord>): void;
  /** Throws 17262 for a document whose language is not known. */
  check(document: Document): void;
  parse(specification: Document): TextQuery;
  /** Records that may match: they hold a term of the search, or held it before a change. */
  candidates(query: TextQuery): StoredRecord[];
  /** The document's score, or undefined if the search does not find it. */
  score(document: Document, query: TextQuery): number | undefined;
  /** Indexes some of the waiting records; answers whether more are waiting. */
  work(most: number): boolean;
}

const otherLanguages =
  /^(?:danish|dutch|finnish|french|german|hungarian|italian|norwegian|portuguese|romanian|russian|spanish|swedish|turkish|da|nl|fi|fr|de|hu|it|nb|pt|ro|ru|es|sv|tr)$/;

/**
 * An inverted index, filled lazily: written records wait until a search, or until the server is idle. An entry is never
 * taken out when a document changes or goes; candidates are checked against the text that they have now.
 */
export function createTextIndex(specification: IndexSpecification): TextIndex {
  const options = specification.text;
  if (options === undefined) throw new Error("not a text index");
  const fields = [...options.weights].map(([name, weight]) => ({ path: splitPath(name), weight }));
  let postings = new Map<string, number[]>();
  let byNumber = new Map<number, StoredRecord>();
  const waiting = new Set<StoredRecord>();

  const languageOf = (document: Document): string => {
    const own = getField(document, options.languageOverride);
    if (typeof own !== "string") return options.defaultLanguage;
    const language = own.toLowerCase();
    if (indexLanguages.has(language)) return language;
    // Stems of other languages are not known here: their words are taken as they are.
    if (otherLanguages.test(language)) return "none";
    throw numberedError(17262, `language override unsupported: ${own}`);
  };

  const texts = (document: Document): { text: string; weight: number }[] => {
    const found: { text: string; weight: number }[] = [];
    for (const { path, weight } of fields) {
      someValue(document, path, (value) => {
        if (typeof value === "string") found.push({ text: value, weight });
        return false;
      });
    }
    return found;
  };

  const index = (record: StoredRecord): void => {
    byNumber.set(record.number, record);
    if (!specification.covers(record.document)) return;
    const language = languageOf(record.document);
    for (const { text } of texts(record.document)) {
      for (const { stem } of terms(text, language)) {
        const list = postings.get(stem);
        if (list === undefined) postings.set(stem, [record.number]);
        else if (list.at(-1) !== record.number) list.push(record.number);
      }
    }
  };

  const work = (most: number): boolean => {
    let count = 0;
    for (const record of waiting) {
      if (count >= most) return true;
      waiting.delete(record);
      index(record);
      count += 1;
    }
    return false;
  };

  const scoreText = (text: string, language: string, wanted: ReadonlySet<string>): number => {
    const counts = new Map<string, { count: number; frequency: number; exact: boolean }>();
    const all = terms(text, language);
    for (const { stem, word } of all) {
      if (!wanted.has(stem)) continue;
      const entry = counts.get(stem) ?? { count: 0, frequency: 0, exact: false };
      entry.frequency += 1 / 2 ** entry.count;
      entry.count += 1;
      entry.exact ||= word === fold(text.trim());
      counts.set(stem, entry);
    }
    let score = 0;
    for (const { count, frequency, exact } of counts.values()) {
      score += frequency * (0.5 * (count / all.length) + 0.5) * (exact ? 1.1 : 1);
    }
    return score;
  };

  return {
    specification,
    work,
    add(record) {
      waiting.add(record);
    },
    remove(record) {
      waiting.delete(record);
      byNumber.delete(record.number);
    },
    exchange(record, document) {
      const before = [languageOf(record.document), texts(record.document), specification.covers(record.document)];
      const after = [languageOf(document), texts(document), specification.covers(document)];
      if (compareValues(before, after) !== 0) waiting.add(record);
    },
    build(records) {
      postings = new Map();
      byNumber = new Map();
      for (const record of records) waiting.add(record);
    },
    check: (document) => void languageOf(document),
    parse: (given) => parseTextQuery(given, options.defaultLanguage),
    candidates(query) {
      work(Number.POSITIVE_INFINITY);
      const numbers = new Set<number>();
      for (const stem of query.stems) for (const number of postings.get(stem) ?? []) numbers.add(number);
      const found: StoredRecord[] = [];
      for (const number of numbers) {
        const record = byNumber.get(number);
        if (record !== undefined) found.push(record);
      }
      return found;
    },
    score(document, query) {
      if (!specification.covers(document)) return undefined;
      const language = languageOf(document);
      const found = texts(document);
      const wanted = new Set(query.stems);
      const score = found.reduce((sum, { text, weight }) => sum + weight * scoreText(text, language, wanted), 0);
      if (score === 0) return undefined;
      const folded = found.map(({ text }) => fold(text));
      const holds = (phrase: string) => folded.some((text) => text.includes(phrase));
      if (!query.phrases.every(holds) || query.negatedPhrases.some(holds)) return undefined;
      const negated = new Set(query.negatedStems);
      const isNegated =
        negated.size > 0 && found.some(({ text }) => terms(text, language).some(({ stem }) => negated.has(stem)));
      return isNegated ? undefined : score;
    },
  };
}
