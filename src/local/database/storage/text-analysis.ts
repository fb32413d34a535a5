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
const word = /[\p{L}\p{N}_']+/gu;

/** Lower case, without diacritics: what MongoDB's text search compares. */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function undouble(stem: string): string {
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  return /([^aeiouylsz])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}

/** The first steps of Porter's English stemmer: plurals, -ed, -ing, -ly and a final y or e. */
function stem(term: string): string {
  if (term.length <= 2 || !/^[a-z]+$/.test(term)) return term;
  let result = term;
  if (result.endsWith("sses")) result = result.slice(0, -2);
  else if (/ie[sd]$/.test(result)) result = result.length > 4 ? result.slice(0, -2) : result.slice(0, -1);
  else if (/[^su]s$/.test(result) && vowel.test(result.slice(0, -2))) result = result.slice(0, -1);
  for (const suffix of ["ingly", "edly", "ing", "ed"]) {
    const base = result.slice(0, -suffix.length);
    if (result.endsWith(suffix) && result !== "need" && vowel.test(base)) {
      result = undouble(base);
      break;
    }
  }
  if (result.endsWith("ly") && result.length > 4) result = result.slice(0, -2);
  if (/[^aeiou]y$/.test(result) && result.length > 2) result = `${result.slice(0, -1)}i`;
  return result.length > 3 && result.endsWith("e") ? result.slice(0, -1) : result;
}

export interface Term {
  readonly stem: string;
  readonly word: string;
}

/** The searchable terms of a text, in order, with repetitions. In the language "none" there are no stems and stop words. */
export function terms(text: string, language: string): Term[] {
  const found: Term[] = [];
  const isEnglish = language !== "none";
  for (const [match] of fold(text).matchAll(word)) {
    const bare = match.replace(/^'+|'+$/g, "");
    if (bare === "" || (isEnglish && stopWords.has(bare))) continue;
    found.push({ word: bare, stem: isEnglish ? stem(bare.replace(/'s$/, "")) : bare });
  }
  return found;
}
