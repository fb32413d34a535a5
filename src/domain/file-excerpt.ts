import { isStopWord } from "./stop-words.ts";

/** Characters of a chunk at most; small enough to choose well, large enough to make sense alone. */
const chunkCharacters = 900;
const maxTerms = 24;
/** What stands where something was left out. */
const gap = "\n[…]\n";
/** BM25's saturation: a word that a chunk repeats counts less each time. */
const saturation = 1.2;
/** A document's beginning says what it is about. */
const openingBonus = 0.5;

interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** The words of a question that say what it is about, most frequent ones left out. Lower case. */
export function questionTerms(question: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  const terms = new Set<string>();
  for (const { segment, isWordLike } of segmenter.segment(question.normalize("NFKC").toLowerCase())) {
    const isShort = segment.length < (isUnspaced(segment) || /\p{N}/u.test(segment) ? 1 : 3);
    if (isWordLike && !isShort && !isStopWord(segment)) terms.add(stem(segment));
    if (terms.size === maxTerms) break;
  }
  return [...terms];
}

/** Scripts that put no space between words. */
function isUnspaced(word: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word);
}

/** "prices" also finds "price": words are compared by their beginning, so a common ending may go. */
function stem(word: string): string {
  if (word.length < 6 || !/^[a-z]+$/.test(word)) return word;
  return word.replace(/(?:ies|es|s|ing|ed)$/, "");
}

/** Matches any of the terms at a word's beginning; `undefined` when there are none. */
function termPattern(terms: readonly string[]): RegExp | undefined {
  if (terms.length === 0) return undefined;
  const escaped = terms.map((term) => {
    const text = term.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    return isUnspaced(term) ? text : `(?<![\\p{L}\\p{N}])${text}`;
  });
  return new RegExp(escaped.sort((left, right) => right.length - left.length).join("|"), "giu");
}

/** Paragraphs put together up to a chunk's size; longer ones cut at a line, a sentence or a space. */
export function splitIntoChunks(text: string, size: number = chunkCharacters): Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  while (start < text.length) {
    const end = start + size >= text.length ? text.length : cutPoint(text, start, start + size);
    chunks.push({ start, end });
    start = end;
  }
  return chunks;
}

/** Where to cut between the middle and the end of what may be taken. */
function cutPoint(text: string, start: number, limit: number): number {
  const earliest = start + Math.floor((limit - start) / 2);
  for (const separator of ["\n\n", "\n", ". ", " "]) {
    const found = text.lastIndexOf(separator, limit - separator.length);
    if (found >= earliest) return found + separator.length;
  }
  // Never between the halves of one character.
  const code = text.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit;
}

/** Chunks by how much of the question's rarer words they hold (BM25 without its length term: chunks are alike long). */
function scoreChunks(text: string, chunks: readonly Chunk[], terms: readonly string[]): number[] {
  const pattern = termPattern(terms);
  const counts = chunks.map(() => new Map<string, number>());
  if (pattern !== undefined) {
    let index = 0;
    for (const match of text.matchAll(pattern)) {
      while (match.index >= (chunks[index]?.end ?? Number.POSITIVE_INFINITY)) index += 1;
      const term = match[0].toLowerCase();
      const inChunk = counts[index];
      inChunk?.set(term, (inChunk.get(term) ?? 0) + 1);
    }
  }
  const holding = new Map<string, number>();
  for (const inChunk of counts) for (const term of inChunk.keys()) holding.set(term, (holding.get(term) ?? 0) + 1);
  return counts.map((inChunk, index) => {
    let score = index === 0 ? openingBonus : 0;
    for (const [term, count] of inChunk) {
      const rarity = Math.log(1 + chunks.length / (holding.get(term) ?? 1));
      score += (rarity * count * (saturation + 1)) / (count + saturation);
    }
    return score;
  });
}

/**
 * What of a text fits, the parts that the question is about first, in the text's own order. Without a word in common
 * it is the text's beginning.
 * @returns at most `maxCharacters`, and whether anything was left out
 */
export function selectExcerpts(
  text: string,
  { question, maxCharacters }: { question: string; maxCharacters: number },
): { text: string; isComplete: boolean } {
  if (text.length <= maxCharacters) return { text, isComplete: true };
  // With little room, small chunks: else one would fill it.
  const size = Math.max(120, Math.min(chunkCharacters, Math.floor(maxCharacters / 4)));
  const chunks = splitIntoChunks(text, size);
  const scores = scoreChunks(text, chunks, questionTerms(question));
  const ranked = chunks
    .map((_chunk, index) => index)
    .sort((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right);
  const chosen = new Set<number>();
  let used = gap.length;
  for (const index of ranked) {
    const chunk = chunks[index];
    if (chunk === undefined) continue;
    const cost = chunk.end - chunk.start + gap.length;
    if (used + cost <= maxCharacters) {
      chosen.add(index);
      used += cost;
    }
  }
  return { text: joinChunks(text, chunks, chosen), isComplete: false };
}

function joinChunks(text: string, chunks: readonly Chunk[], chosen: ReadonlySet<number>): string {
  let joined = "";
  let last = -1;
  for (const [index, { start, end }] of chunks.entries()) {
    if (!chosen.has(index)) continue;
    joined += index === last + 1 ? "" : gap;
    joined += text.slice(start, end);
    last = index;
  }
  return last === chunks.length - 1 ? joined : joined + gap;
}
