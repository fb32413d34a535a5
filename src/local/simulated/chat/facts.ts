/** Something that the user told about themselves or asked to be remembered. */
export interface Fact {
  /** What it is about: `name`, `favourite colour`, `home`, `the code word`. */
  readonly about: string;
  readonly value: string;
  /** As the model would say it: `your name is Ada`. */
  readonly statement: string;
}

type Source = "user" | "instructions";

interface FactPattern {
  readonly pattern: RegExp;
  readonly read: (first: string, second: string) => Fact;
}

/** The end of a value: a clause or a sentence ends. */
const value = "([^.!?\\n,;]{1,80}?)(?=\\s+(?:and (?:i|my|the)|but|so)\\b|[.!?\\n,;]|$)";

const you = (about: string, verb: string) => ({
  about,
  statement: (said: string) => `you ${verb} ${said}`,
});

const home = you("home", "live in");
const origin = you("origin", "are from");
const work = you("work", "work");
const likes = you("likes", "like");
const prefers = you("preferences", "prefer");

const simple = (pattern: string, kind: ReturnType<typeof you>): FactPattern => ({
  pattern: new RegExp(pattern, "giu"),
  read: (said) => ({ about: kind.about, value: said, statement: kind.statement(said) }),
});

const named = (pattern: RegExp): FactPattern => ({
  pattern,
  read: (name) => ({ about: "name", value: name, statement: `your name is ${name}` }),
});

const owned: FactPattern["read"] = (thing, said) => ({
  about: normalizeThing(thing),
  value: said,
  statement: `your ${thing.trim()} is ${said}`,
});

const userPatterns: readonly FactPattern[] = [
  named(/\b[Mm]y [Nn]ame(?:'s| is)\s+(\p{L}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]+)?)/gu),
  named(/\bcall me\s+(\p{L}[\p{L}'-]*)/giu),
  named(/\b[Ii](?:'m| am)\s+(\p{Lu}\p{Ll}[\p{L}'-]*)(?=[.,!?;\n]|\s+(?:and|from|by)\b|$)/gu),
  {
    pattern: new RegExp(`\\bmy\\s+((?!name\\b)[\\p{L}\\d' -]{2,40}?)\\s+(?:is|are|was|will be)\\s+${value}`, "giu"),
    read: owned,
  },
  simple(`\\bi\\s+live\\s+in\\s+${value}`, home),
  simple(`\\bi(?:'m| am| come)\\s+from\\s+${value}`, origin),
  simple(`\\bi\\s+work\\s+((?:as|at|for|in|on|with)\\s[^.!?\\n,;]{1,70}?)(?=[.!?\\n,;]|$)`, work),
  simple(`\\bi\\s+(?:really\\s+)?(?:like|love|enjoy)\\s+${value}`, likes),
  simple(`\\bi\\s+prefer\\s+${value}`, prefers),
  {
    pattern: new RegExp(`(?:^|[.!?:,]\\s*|that\\s+)the\\s+([\\p{L}\\d -]{2,40}?)\\s+(?:is|are|was)\\s+${value}`, "giu"),
    read: (thing, said) => ({
      about: `the ${normalizeThing(thing)}`,
      value: said,
      statement: `the ${thing.trim()} is ${said}`,
    }),
  },
  {
    pattern: /\bremember\s+(?!that\b|my\b|the\s+[\p{L}\d -]{2,40}\s+is\b)([^.!?\n]{2,120})/giu,
    read: (said) => ({ about: "note", value: said, statement: `you asked me to remember ${said.trim()}` }),
  },
];

const instructionPatterns: readonly FactPattern[] = [
  named(/\b(?:the\s+)?user(?:'s)?\s+(?:name\s+is|name:|is\s+(?:called|named))\s+(\p{L}[\p{L}'-]*)/giu),
  {
    pattern: new RegExp(
      `\\b(?:the\\s+)?user's\\s+((?!name\\b)[\\p{L}\\d' -]{2,40}?)\\s*(?:\\s(?:is|are)\\s|:)\\s*${value}`,
      "giu",
    ),
    read: owned,
  },
  simple(`\\buser\\s+lives\\s+in\\s+${value}`, home),
  simple(`\\buser\\s+(?:is|comes)\\s+from\\s+${value}`, origin),
  simple(`\\buser\\s+works\\s+((?:as|at|for|in|on|with)\\s[^.!?\\n,;]{1,70}?)(?=[.!?\\n,;]|$)`, work),
  simple(`\\buser\\s+(?:really\\s+)?(?:likes|loves|enjoys)\\s+${value}`, likes),
  simple(`\\buser\\s+prefers\\s+${value}`, prefers),
];

/** One spelling for what is looked up later: `Favorite color` is `favourite colour`. */
export function normalizeThing(thing: string): string {
  return thing
    .toLowerCase()
    .trim()
    .replace(/\bfavorite\b/g, "favourite")
    .replace(/\bcolor\b/g, "colour")
    .replace(/\s+/g, " ");
}

/** Questions state nothing: "what is my name" tells no name. */
function statementsOf(text: string): string {
  return text
    .replace(/[‘’]/g, "'")
    .split(/(?<=[.!?\n])\s*/)
    .filter((sentence) => !/\?\s*$/.test(sentence))
    .filter((sentence) => !/^\W*(?:what|who|where|which|when|why|how|do you|is|are|can|could)\b/i.test(sentence))
    .join(" ");
}

/**
 * Reads what a text states about the user. Memories stand among the instructions, in the third person or as the user's
 * own words; the prompt of the conversation itself says "you", and so states nothing.
 */
export function readFacts(text: string, source: Source): Fact[] {
  const statements = source === "user" ? statementsOf(text) : text.replace(/[‘’]/g, "'");
  const patterns = source === "user" ? userPatterns : [...userPatterns.slice(0, -2), ...instructionPatterns];
  return patterns.flatMap(({ pattern, read }) =>
    [...statements.matchAll(pattern)].map((match) => read((match[1] ?? "").trim(), (match[2] ?? "").trim())),
  );
}
