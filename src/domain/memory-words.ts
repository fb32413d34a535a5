/** Words that say nothing about what a text is about. */
const stopWords: ReadonlySet<string> = new Set(
  (
    "a about after again all also am an and any are as ask asked at be because been but by can could did do does doing " +
    "don for from get give go had has have he her here hers him his how i if in into is it its just know let like ll m " +
    "make many me more most much my need no not now of on one or our out please re really remember s said say she so " +
    "some such t tell than that the their them then there these they thing think this to too up us use user users ve very " +
    "want was we were what when where which who why will with would you your"
  ).split(" "),
);

/** Scripts that put no spaces between words; pairs of characters stand for their words. */
const unspacedScripts = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

const doubledEnd = /([bdfgklmnprt])\1$/;

function singular(word: string): string {
  if (!word.endsWith("s") || word.length < 4) return word;
  if (/(?:ch|sh|ss|x)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return /[su]s$/.test(word) ? word : word.slice(0, -1);
}

/** Without the ending that changes within a sentence: `hiking`, `hiked`, `hikes` and `hike` are one word. */
function stem(word: string): string {
  const one = singular(word);
  const ending = one.endsWith("ing") ? 3 : one.endsWith("ed") ? 2 : 0;
  if (ending > 0 && one.length >= ending + 3) return one.slice(0, -ending).replace(doubledEnd, "$1");
  return one.length > 3 && one.endsWith("e") ? one.slice(0, -1) : one;
}

function pairs(word: string): string[] {
  const characters = [...word];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, index) => `${characters[index] ?? ""}${character}`);
}

/** Most texts have no accents and no other scripts, and are read several times as fast. */
const plainText = /^[\0-\x7f]*$/;

/** The words that a text is about, in one spelling: lower case, no accents, no endings, no words like "the". */
export function contentWords(text: string): Set<string> {
  const isPlain = plainText.test(text);
  const read = (isPlain ? text : text.normalize("NFKD").replace(/\p{M}/gu, "")).toLowerCase();
  const words = new Set<string>();
  for (const word of read.match(isPlain ? /[a-z\d]+/g : /[\p{L}\p{N}]+/gu) ?? []) {
    if (!isPlain && unspacedScripts.test(word)) for (const pair of pairs(word)) words.add(pair);
    else if (word.length > 1 && !stopWords.has(word)) words.add(stem(word));
  }
  return words;
}
