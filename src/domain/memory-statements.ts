import type { MemoryType } from "./memory.ts";
import { hasGap } from "./own-words.ts";

/** What a clause says about the user, in the third person. */
export interface Statement {
  readonly content: string;
  readonly memoryType: MemoryType;
  readonly importance: number;
  /** What it is about, where only one statement can be true. */
  readonly subject?: string;
}

interface Rule {
  /** Matches a whole clause; the named groups are what `read` gets. */
  readonly pattern: RegExp;
  readonly read: (said: Readonly<Record<string, string>>) => Statement | null;
}

/** Ends of a clause that belong to no value. */
const ending =
  /(?:[\s,]+(?:too|as well|also|by the way|btw|though|actually|recently|now|currently|at present|these days|nowadays|last (?:week|month|year)|(?:some )?(?:years|months|weeks) ago|thanks|thank you|please|lol|haha|right|you know|of course|obviously|a lot|so much|very much))+$/i;

/** A value that holds only for the moment, only if, or not at all. */
const passing =
  /\b(?:if|unless|today|tonight|tomorrow|yesterday|right now|at the moment|for now|any ?more|this (?:week|weekend|month|morning|evening|afternoon|time)|next (?:week|month|year)|instead)\b/i;

function trimmed(value: string): string {
  return value
    .replace(/[\s.!?,;:…)\]]+$/, "")
    .replace(ending, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The value, if it is short, lasting and whole; `deniedStart` are words with which it would refer to something else. */
function readValue(said: string | undefined, options: { words: number; deniedStart?: RegExp }): string | null {
  const value = trimmed(said ?? "");
  const isFit =
    value.length >= 2 &&
    value.length <= 120 &&
    value.split(" ").length <= options.words &&
    /[\p{L}\d]/u.test(value) &&
    !hasGap(value) &&
    !passing.test(said ?? "") &&
    options.deniedStart?.test(value) !== true;
  return isFit ? thirdPerson(value) : null;
}

function thirdPerson(value: string): string {
  return value
    .replace(/\bmy\b/gi, "their")
    .replace(/\bmyself\b/gi, "themselves")
    .replace(/\bmine\b/gi, "theirs")
    .replace(/\bme\b/g, "them")
    .replace(/\bI(?:'m| am)\b/g, "they are")
    .replace(/\bI\b/g, "they");
}

const noName =
  /^(?:a|an|the|not|no|in|on|at|of|for|to|too|so|very|it|this|that|what|also|just|now|still|hard|difficult|spelled|spelt|pronounced|misspelled|wrong|common|unusual|unique|long|short|secret|private|important|irrelevant|unknown|being|back|later|when|if|whenever|asap|maybe|crazy|stupid|old-fashioned|tomorrow|tonight|anytime|please|up|out|by|anything|whatever|something|none|nobody|changing|me|him|her|them)\b/i;

const particles = /^(?:van|von|de|da|del|di|la|le|bin|ibn|al|el|der|den|ter|dos|du|mac)$/;

/** A name: its capitalised words from the first on, or one or two words when the user writes everything small. */
function nameOf(said: string | undefined): string | null {
  const value = trimmed(said ?? "");
  if (hasGap(value) || noName.test(value)) return null;
  const words = value.split(" ");
  if (!words.every((word) => /^\p{L}[\p{L}\p{M}'’.-]*$/u.test(word) || /^[,&]/.test(word))) return null;
  if (!/^\p{Lu}/u.test(value)) return words.length <= 2 ? value : null;
  const end = words.findIndex((word) => !/^\p{Lu}/u.test(word) && !particles.test(word));
  const name = (end === -1 ? words : words.slice(0, end)).slice(0, 5).join(" ");
  return name.length > 60 ? null : name;
}

function fact(importance: number, content: string, subject?: string): Statement {
  return { content, memoryType: "fact", importance, ...(subject === undefined ? {} : { subject }) };
}

function preference(importance: number, content: string, subject?: string): Statement {
  return { content, memoryType: "preference", importance, ...(subject === undefined ? {} : { subject }) };
}

/** Things that only the conversation at hand gives a meaning. */
const pointing =
  /^(?:it|its|this|that|these|those|you|your|u|him|her|his|them|their|us|we|me|my|our|how|what|when|where|who|why|which|not|one|both|either|neither|none|all of|some of|most of|any of|the (?:way|idea|fact|first|second|third|last|latter|former|other|one|ones|option|version|new|old|previous|current|following|look|sound|design|result|answer|response|code|image|picture|story|poem|style|tone|title|name)|to (?:see|know|think|say|ask|tell|be able|have you|get|hear|understand)|being|having to|seeing|knowing|option|version|number|a (?:few|couple)|an? (?:answer|version|response|list|summary))\b/i;

const likings: Readonly<Record<string, string>> = {
  like: "likes",
  love: "loves",
  adore: "adores",
  enjoy: "enjoys",
  prefer: "prefers",
  hate: "hates",
  detest: "detests",
  dislike: "dislikes",
  "can't stand": "can't stand",
  "cannot stand": "can't stand",
  "don't like": "doesn't like",
  "do not like": "doesn't like",
  "don't enjoy": "doesn't enjoy",
  "don't eat": "doesn't eat",
  "do not eat": "doesn't eat",
  "don't drink": "doesn't drink",
  "do not drink": "doesn't drink",
};

const diets =
  "vegan|vegetarian|pescatarian|pescetarian|lactose[- ]intolerant|gluten[- ]intolerant|c(?:o)?eliac|diabetic|colou?r[- ]?blind|dyslexic|left[- ]handed|deaf|blind|hard of hearing|muslim|jewish|hindu|buddhist|christian|catholic";

const occupations =
  "teacher|professor|doctor|nurse|surgeon|dentist|pharmacist|veterinarian|vet|engineer|developer|programmer|designer|artist|illustrator|painter|photographer|musician|singer|writer|author|novelist|journalist|editor|translator|lawyer|attorney|accountant|architect|scientist|researcher|student|chef|cook|baker|barista|waiter|farmer|gardener|electrician|plumber|carpenter|mechanic|driver|pilot|firefighter|police officer|soldier|manager|consultant|analyst|administrator|recruiter|marketer|salesperson|entrepreneur|founder|freelancer|therapist|psychologist|librarian|teacher's assistant|biologist|chemist|physicist|mathematician|economist|historian|actor|actress|director|producer|coach|trainer|retiree";

const relatives =
  "wife|husband|spouse|partner|girlfriend|boyfriend|fianc[eé]e?|mother|mom|mum|father|dad|sister|brother|son|daughter|child|baby|grandmother|grandfather|grandma|grandpa|aunt|uncle|cousin|nephew|niece|best friend|friend|boss|dog|puppy|cat|kitten|horse|parrot|rabbit|hamster|pet|company|startup|team|boat|band";

const months = "january|february|march|april|may|june|july|august|september|october|november|december";
const dateLike = new RegExp(`\\d|\\b(?:${months}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\b`, "i");

const notAPlace =
  /^(?:fear|peace|hope|denial|silence|poverty|constant|luxury|harmony|the (?:past|moment|present|future|now|same|middle)|a (?:world|dream|simulation|bubble|society|time)|my|your|his|her|their|an? (?:age|era))\b/i;

const place = (said: string | undefined) => readValue(said, { words: 8, deniedStart: notAPlace });

const adverbs =
  "(?:(?:really|absolutely|also|just|particularly|especially|truly|honestly|currently|now|still|always|generally|usually|mostly|kind of) )*";

const rules: readonly Rule[] = [
  {
    pattern: /^my (?:full |first |real )?name(?:'s| is) (?<value>.+)$/i,
    read: ({ value }) => {
      const name = nameOf(value);
      return name === null ? null : fact(9, `The user's name is ${name}`, "name");
    },
  },
  {
    pattern:
      /^(?:(?:you (?:can|may|should)|everyone|everybody|people|my friends|friends) )?(?:just )?call(?:s)? me (?:by my (?:nick)?name,? )?(?<value>.+)$/i,
    read: ({ value }) => {
      const name = nameOf(value);
      const isName = name !== null && (/^\p{Lu}/u.test(name) || !name.includes(" "));
      return isName ? preference(9, `The user wants to be called ${name}`, "nickname") : null;
    },
  },
  {
    pattern: /^my pronouns are (?<value>[\p{L}]+(?: ?\/ ?[\p{L}]+){1,3})\W*$/iu,
    read: ({ value }) => preference(9, `The user's pronouns are ${(value ?? "").replace(/ /g, "")}`, "pronouns"),
  },
  {
    pattern: new RegExp(`^i(?:'m| am)? ${adverbs}(?:live|living|based|located) in (?<value>.+)$`, "i"),
    read: ({ value }) => {
      const where = place(value);
      return where === null ? null : fact(7, `The user lives in ${where}`, "home");
    },
  },
  {
    pattern: /^i(?:'ve| have)? (?:just |recently )?moved to (?<value>.+)$/i,
    read: ({ value }) => {
      const where = place(value);
      return where === null || !/^\p{Lu}/u.test(where) ? null : fact(7, `The user lives in ${where}`, "home");
    },
  },
  {
    pattern: /^i(?:'m| am| come) (?:originally )?from (?<value>.+)$/i,
    read: ({ value }) => {
      const where = place(value);
      return where === null ? null : fact(6, `The user is from ${where}`, "origin");
    },
  },
  {
    pattern: new RegExp(
      `^i(?:'m| am)? ${adverbs}(?:work|working|employed) (?<value>(?:part[- ]time |full[- ]time )?as (?:an?|the) .+|(?:at|for) \\p{Lu}.+|in (?!the\\b|an?\\b|my\\b|bed\\b|progress\\b|silence\\b|peace\\b|teams?\\b|shifts\\b|person\\b).+)$`,
      "iu",
    ),
    read: ({ value }) => {
      const isNamed = !/^(?:at|for) /i.test(value ?? "") || /^\S+ \p{Lu}/u.test(value ?? "");
      const work = readValue(value, { words: 12 });
      return work === null || !isNamed ? null : fact(7, `The user works ${work}`, "work");
    },
  },
  {
    pattern: /^my (?:job|profession|occupation)(?:'s| is) (?<value>.+)$/i,
    read: ({ value }) => {
      const deniedStart = /^(?:to|so|not|very|too|done|hard|boring|stressful|great|ok|fine|killing|driving|making)\b/i;
      const job = readValue(value, { words: 10, deniedStart });
      return job === null ? null : fact(7, `The user's job is ${job}`, "work");
    },
  },
  {
    pattern: new RegExp(`^i(?:'m| am) ${adverbs}(?<value>an? (?:[\\p{L}-]+ ){0,3}(?:${occupations})(?: .+)?)$`, "iu"),
    read: ({ value }) => {
      const deniedStart = /^an? (?:bit|little|bad|terrible|fake|better|worse|good|great|big fan)\b/i;
      const job = readValue(value, { words: 10, deniedStart });
      return job === null ? null : fact(7, `The user is ${job}`, "work");
    },
  },
  {
    pattern: new RegExp(`^i(?:'m| am) ${adverbs}(?:an? )?(?<value>${diets})(?: (?:person|man|woman))?\\W*$`, "i"),
    read: ({ value }) => fact(8, `The user is ${(value ?? "").toLowerCase()}`),
  },
  {
    pattern: /^i(?:'m| am) (?:also |very |severely |highly |extremely |deadly |mildly )*allergic to (?<value>.+)$/i,
    read: ({ value }) => {
      const allergen = readValue(value, {
        words: 10,
        deniedStart: /^(?:you|your|this|that|it|work|bullshit|nonsense)\b/i,
      });
      return allergen === null ? null : fact(10, `The user is allergic to ${allergen}`);
    },
  },
  {
    pattern:
      /^i(?: also)? have (?:an? )?(?:severe |bad |strong |mild )?(?:allergy to (?<to>.+)|(?<kind>[\p{L}]+(?: [\p{L}]+)?) allerg(?:y|ies)\W*)$/iu,
    read: ({ to, kind }) => {
      const allergen = readValue(to ?? kind, { words: 8, deniedStart: /^(?:no|any|some|the|an?|many)\b/i });
      return allergen === null ? null : fact(10, `The user is allergic to ${allergen}`);
    },
  },
  {
    pattern: /^my birthday(?:'s| is) (?:on )?(?:the )?(?<value>.+)$/i,
    read: ({ value }) => {
      const date = readValue(value, { words: 6 });
      return date === null || !dateLike.test(date) ? null : fact(7, `The user's birthday is ${date}`, "birthday");
    },
  },
  {
    pattern: /^i was born (?<preposition>on|in) (?:the )?(?<value>.+)$/i,
    read: ({ preposition, value }) => {
      const said = readValue(value, { words: 8, deniedStart: /^(?:wrong|a (?:time|world))\b/i });
      if (said === null) return null;
      const where = preposition?.toLowerCase() === "in" && !dateLike.test(said);
      if (where) return /^\p{Lu}/u.test(said) ? fact(6, `The user was born in ${said}`, "birthplace") : null;
      return dateLike.test(said)
        ? fact(7, `The user was born ${preposition?.toLowerCase()} ${said}`, "birthday")
        : null;
    },
  },
  {
    pattern: /^my (?<thing>favou?rite [\p{L} -]{2,30}?)(?:'s| is| are) (?<value>.+)$/iu,
    read: ({ thing, value }) => {
      const said = readValue(value, { words: 10, deniedStart: pointing });
      const about = (thing ?? "").toLowerCase().replace("favorite", "favourite").replace("color", "colour");
      return said === null ? null : preference(6, `The user's ${about} is ${said}`, about);
    },
  },
  {
    pattern: new RegExp(
      `^my (?<who>${relatives})(?:'s name is| is called| is named|'s called|'s named) (?<value>.+)$`,
      "iu",
    ),
    read: ({ who, value }) => {
      const name = nameOf(value);
      return name === null ? null : fact(7, `The user's ${who?.toLowerCase()} is called ${name}`);
    },
  },
  {
    pattern: new RegExp(`^i have an? (?<who>(?:[\\p{L}]+ )?(?:${relatives})) (?:called|named) (?<value>.+)$`, "iu"),
    read: ({ who, value }) => {
      const name = nameOf(value);
      return name === null ? null : fact(7, `The user's ${who?.toLowerCase()} is called ${name}`);
    },
  },
  {
    pattern: /^i speak (?<value>.+)$/i,
    read: ({ value }) => {
      const languages = readValue(value, { words: 10 });
      return languages === null || !/^(?:(?:fluent|some|a little|native|only) )?\p{Lu}/u.test(languages)
        ? null
        : fact(6, `The user speaks ${languages}`);
    },
  },
  {
    pattern: new RegExp(`^i ${adverbs}(?<verb>${Object.keys(likings).join("|")}) (?<value>.+)$`, "i"),
    read: ({ verb, value }) => {
      const said = (verb ?? "").toLowerCase();
      const thing = readValue(value, { words: 12, deniedStart: pointing });
      const importance = said === "prefer" || /hate|stand|n't|not/.test(said) ? 6 : 5;
      return thing === null
        ? null
        : preference(importance, `The user ${likings[said]} ${thing}`, `taste: ${thing.toLowerCase()}`);
    },
  },
];

/** What one clause says about the user, or null. Only clauses that say it as a plain statement count. */
export function readStatement(clause: string): Statement | null {
  for (const { pattern, read } of rules) {
    const match = pattern.exec(clause);
    if (match === null) continue;
    const statement = read(match.groups ?? {});
    if (statement !== null) return statement;
  }
  return null;
}
