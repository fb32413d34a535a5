/**
 * What users say in their own words, as against what they paste, quote or have translated. Rules that read statements from
 * a message look only at this.
 */

/** Longer messages are mostly material; statements about oneself stand at the beginning. In characters. */
const readLength = 4_000;

/** Stands for something that was cut out, so that no statement reaches across it. */
const gap = "\u0000";

const notOwn: readonly RegExp[] = [
  // Fences of code, also when they are not closed, and code within a line.
  /(`{3,}|~{3,})[\s\S]*?(?:\1|$)/g,
  /`[^`\n]*`/g,
  // Lines that quote somebody, and lines indented as code.
  /^[ \t]*>.*$/gm,
  /^(?: {4,}|\t).*$/gm,
  // Quotation marks of several languages; an opening one without a closing one quotes the rest.
  /“[^”]*(?:”|$)/g,
  /„[^“”]*(?:[“”]|$)/g,
  /«[^»]*(?:»|$)/g,
  /‘(?:[^‘’\n]|’(?=\p{L}))*’/gu,
  /(?<![\p{L}\p{N}])"[^"]*(?:"|$)/gu,
  /(?<![\p{L}\p{N}])'(?:[^'\n]|'(?=\p{L}))+'(?![\p{L}\p{N}])/gu,
  /<[a-z!/][^>\n]*>/gi,
];

/** A line that announces material: what follows a colon at its end is not the user speaking, unless it is about them. */
const announcement = /^(?!.*\b(?:about (?:me|myself)|remember|know)\b).*:[ \t]*$/im;

export interface Sentence {
  /** Its clauses in order, each beginning with its subject. */
  readonly clauses: readonly string[];
  readonly text: string;
  readonly isQuestion: boolean;
}

const courtesies =
  /^(?:(?:hi|hello|hey|well|so|and|but|also|oh|ok|okay|yes|yeah|no|actually|anyway|please|btw|fyi|by the way|just so you know|for your information|in fact|thanks|thank you|sorry|note that|you should know(?: that)?|i(?:'d| would) like you to|i want you to)(?: there| muse)?(?:[,!:.-]+\s*|\s+))+/i;

/** Words that begin a clause of its own after a comma. */
const clauseStart =
  "(?:i|i'm|i've|my|it|it's|he|she|they|we|you|this|that|that's|there|which|who|but|so|because|since|as|although|though|" +
  "what|how|where|when|why|can|could|would|should|will|is|are|do|does|did|please|call|remember|forget|don't)\\b";

const clauseEnd = new RegExp(
  `\\s*,\\s+(?:and\\s+)?(?=${clauseStart})` +
    "|\\s+and\\s+(?=(?:i|i'm|i've|my|it|it's|he|she|they|we|you|please|call|don't|that's)\\b)" +
    "|\\s+(?:but|because|since|although|though|so|when|while|until)\\s+" +
    "|\\s+[-–—]+\\s+|\\s*\\((?=\\w)",
  "i",
);

const sentenceEnd = /(?<!\b(?:dr|mr|mrs|ms|st|prof|jr|sr|e\.g|i\.e|vs|no)\.)(?<=[.!?…;][)\]]?)\s+/i;

/** A statement is cut from what follows; what precedes it is looked at too, so a clause of a few hundred characters is none. */
const sentenceLength = 400;

/** A line without the mark of a list, and a sentence without the courtesies before it. */
function bare(text: string): string {
  return text
    .replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "")
    .trim()
    .replace(courtesies, "");
}

/** The sentences of a message that are the user's own words. */
export function ownSentences(message: string): Sentence[] {
  let text = message.slice(0, readLength).replace(/\r\n?/g, "\n");
  for (const pattern of notOwn) text = text.replace(pattern, gap);
  const announced = announcement.exec(text);
  if (announced !== null) text = text.slice(0, announced.index);
  return text
    .replace(/[‘’]/g, "'")
    .split("\n")
    .flatMap((line) => line.split(sentenceEnd))
    .map(bare)
    .filter((sentence) => sentence !== "" && sentence.length <= sentenceLength)
    .map((sentence) => ({
      text: sentence,
      clauses: sentence.split(clauseEnd).map((clause) => bare(clause)),
      isQuestion: /\?[\s)\]!]*$/.test(sentence),
    }));
}

/** Whether something was cut out of a piece of text. */
export function hasGap(text: string): boolean {
  return text.includes(gap);
}
