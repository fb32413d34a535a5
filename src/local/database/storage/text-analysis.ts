/** English stop words: neither indexed nor searched for, as on a real server. */
const stopWords = new Set(
  `a about above after again against all am an and any are aren't as at be because been before being below between both but by
  can't cannot could couldn't did didn't do does doesn't doing don't down during each few for from further had hadn't has hasn't
  have haven't having he he'd he'll he's her here here's hers herself him himself his how how's i i'd i'll i'm i've if in into is
  isn't it it's its itself let's me more most mustn't my myself no nor not of off on once only or other ought our ours ourselves
  out over own same shan't she she'd she'll she's should shouldn't so some such than that that's the their theirs them themselves
  then there there's these they they'd they'll they're they've this those through to too under until up very was wasn't we we'd
  we'll we're we've were weren't what what's when when's where where's which while who who's whom why why's with won't would
  wouldn't you you'd you'll you're you've your yours yourself yourselves`.split(/\s+/),
);

const vowel = /[aeiouy]/;
const plainWord = /[a-z0-9_']+/g;
const anyWord = /[\p{L}\p{N}_']+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII, which needs no folding
const plainText = /^[\x00-\x7f]*$/;

/** Lower case, without diacritics: what MongoDB's text search compares. */
export function fold(text: string): string {
  if (plainText.test(text)) return text.toLowerCase();
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function undouble(stem: string): string {
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  return /([^aeiouylsz])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}

function withoutPlural(term: string): string {
  if (term.endsWith("sses")) return term.slice(0, -2);
  if (/ie[sd]$/.test(term)) return term.slice(0, term.length > 4 ? -2 : -1);
  return /[^su]s$/.test(term) && vowel.test(term.slice(0, -2)) ? term.slice(0, -1) : term;
}

function withoutEnding(term: string): string {
  for (const suffix of ["ingly", "edly", "ing", "ed"]) {
    const base = term.slice(0, -suffix.length);
    if (term.endsWith(suffix) && !base.endsWith("e") && vowel.test(base)) return undouble(base);
  }
  return term.endsWith("ly") && term.length > 4 ? term.slice(0, -2) : term;
}

/** The first steps of Porter's English stemmer: plurals, -ed, -ing, -ly and a final y or e. */
function stemOf(term: string): string {
  if (term.length <= 2 || !/^[a-z]+$/.test(term)) return term;
  let result = withoutEnding(withoutPlural(term));
  if (/[^aeiou]y$/.test(result) && result.length > 2) result = `${result.slice(0, -1)}i`;
  return result.length > 3 && result.endsWith("e") ? result.slice(0, -1) : result;
}

const rememberedStems = new Map<string, string>();
const mostRemembered = 50_000;

/** The stem of a folded English word; empty for a stop word. Most words come again and again. */
function englishStem(term: string): string {
  const known = rememberedStems.get(term);
  if (known !== undefined) return known;
  const stem = stopWords.has(term) ? "" : stemOf(term.replace(/'s$/, ""));
  if (rememberedStems.size >= mostRemembered) rememberedStems.clear();
  rememberedStems.set(term, stem);
  return stem;
}

interface Term {
  readonly stem: string;
  readonly word: string;
}

/** The searchable terms of a text, in order, with repetitions. In the language "none" there are no stems and stop words. */
export function terms(text: string, language: string): Term[] {
  const folded = fold(text);
  const found: Term[] = [];
  for (const match of folded.match(plainText.test(folded) ? plainWord : anyWord) ?? []) {
    const word = match.includes("'") ? match.replace(/^'+|'+$/g, "") : match;
    const stem = language === "none" ? word : englishStem(word);
    if (stem !== "") found.push({ word, stem });
  }
  return found;
}
