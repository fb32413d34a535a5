import { type Conversation, capitalize, quote, type Rule } from "./conversation.ts";
import { userName } from "./recall.ts";

/** A name to speak to, with the comma before it; nothing when it is not known. */
function address(conversation: Conversation): string {
  const name = userName(conversation);
  return name === undefined ? "" : `, ${name}`;
}

/** Gives a conversation its title, for a caller that asks a model for one. */
export const answerTitle: Rule = ({ text, plain, instructions }) => {
  const asks = /\b(?:title|name)\b.*\b(?:conversation|chat|message)\b/;
  if (!asks.test(plain) && !/\b(?:write|generate|create|give)\b[^.]*\btitle\b/i.test(instructions)) {
    return undefined;
  }
  const material = asks.test(plain) ? text.slice(text.search(/[:\n]/) + 1) : text;
  const words = material
    .replace(/[^\p{L}\p{N}' -]+/gu, " ")
    .trim()
    .split(/\s+/)
    .slice(0, 6)
    .join(" ");
  return words === "" ? "New conversation" : capitalize(words);
};

/** Says again what it is told to say. */
export const answerEcho: Rule = ({ text }) => {
  const [, said] =
    /^\s*(?:please\s+)?(?:(?:say|repeat|reply|respond|answer)(?:\s+(?:only|just|exactly|after me|this|with|the word|the words|back))+|say|repeat)\s*:?\s+(.+)$/is.exec(
      text,
    ) ?? [];
  const words = said?.trim().replace(/^(["'“‘`])(.+)["'”’`][.!]?$/s, "$2");
  return words === undefined ||
    /^(?:my|something|anything|that|what|hello to|the (?:last|first|previous))\b/i.test(words)
    ? undefined
    : words;
};

const greetings: readonly (readonly [RegExp, string])[] = [
  [/^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|yo)\b/, "Hello"],
  [/^(?:hola|buen[oa]s (?:d[ií]as|tardes|noches))(?!\p{L})/u, "Hola"],
  [/^(?:bonjour|salut|bonsoir)\b/, "Bonjour"],
  [/^(?:hallo|guten (?:tag|morgen|abend)|moin|servus)\b/, "Hallo"],
  [/^ciao\b/, "Ciao"],
  [/^(?:привет|здравствуйте)/, "Привет"],
  [/^こんにちは/, "こんにちは"],
  [/^你好/, "你好"],
];

/** Greets back a message that is a greeting and not much more. */
export const answerGreeting: Rule = (conversation) => {
  const { plain, random, earlierQuestions } = conversation;
  const greeting = greetings.find(([pattern]) => pattern.test(plain))?.[1];
  if (greeting === undefined || plain.split(" ").length > 6) {
    return undefined;
  }
  if (/\bhow are you\b|\bhow's it going\b/.test(plain)) {
    return `${greeting}${address(conversation)}! All is well here, thank you. What can I do for you?`;
  }
  if (earlierQuestions.length > 0) {
    return `${greeting} again${address(conversation)}! We have been talking for ${earlierQuestions.length === 1 ? "one message" : `${earlierQuestions.length} messages`} already. Where shall we go on?`;
  }
  return `${greeting}${address(conversation)}! ${random.pick([
    "I am Muse's simulated model: I run on this machine and need no key. Ask me something, let me calculate, or tell me about yourself.",
    "Good to have you here. I am the simulated model that Muse uses on a laptop, so try anything: a question, a list, a bit of code.",
    "Welcome to Muse. I am its simulated model, here so that everything works offline. What would you like to try?",
  ])}`;
};

const courtesies: readonly (readonly [RegExp, readonly [string, ...string[]]])[] = [
  [
    /^(?:many )?(?:thanks|thank you|thx|cheers|merci|danke|gracias)\b/,
    ["You are welcome{name}!", "Gladly{name}. Come back whenever you like."],
  ],
  [
    /^(?:bye|goodbye|good night|see you|ciao)\b/,
    ["Goodbye{name}! This conversation stays where it is, so you can go on later.", "See you soon{name}!"],
  ],
  [
    /^(?:yes|yeah|yep|sure|ok|okay|great|perfect|cool|nice|good|go on|continue)$/,
    ["Good. Tell me a little more, and I will go on from there.", "All right{name}. What should I look at next?"],
  ],
  [
    /^(?:no|nope|not really)$/,
    ["All right. Tell me what you would rather have.", "Understood{name}. Shall we try something else?"],
  ],
  [
    /^(?:test|testing|ping)$/,
    [
      "It works: your message arrived, and this answer was streamed back to you token by token.",
      "Loud and clear. The simulated model is listening.",
    ],
  ],
  [/^how are you\b|^how's it going\b|^what's up$/, ["I am doing well{name}, thank you for asking. How about you?"]],
  [
    /^(?:tell me )?(?:another |a )?joke\b|\btell me (?:a|another) joke\b/,
    [
      "Why did the serverless function never get lost? Somebody else always knew where it ran.",
      "A database walks up to two tables and asks: may I join you?",
      "There are only two hard things: naming, counting, and stopping at two.",
    ],
  ],
];

/** Answers courtesies: thanks, goodbyes, a bare yes or no. */
export const answerCourtesy: Rule = (conversation) => {
  const found = courtesies.find(([pattern]) => pattern.test(conversation.plain));
  return found === undefined || conversation.plain.length > 60
    ? undefined
    : conversation.random.pick(found[1]).replace("{name}", address(conversation));
};

const aboutItself: readonly (readonly [RegExp, string])[] = [
  [
    /\bwho (?:are|made) you\b|\bwhat are you\b|\bwhat(?:'s| is) your name\b|\bare you (?:an? )?(?:ai|real|human|bot|robot|simulated|chatgpt|gpt|model|openai)\b|\b(?:what|which) (?:language )?model\b/,
    "I am **muse-chat**, the simulated model that stands in for a real one on a laptop. I follow a set of rules and not a neural network: I remember what you say in this conversation, I calculate, and I write short texts. With an `OPENAI_API_KEY` in the settings, Muse asks a real model in my place.",
  ],
  [
    /\bwhat (?:can|could) (?:you|i|muse)\b.*\b(?:do|ask|help|try)\b|\bhow can you help\b|^help(?: me)?$/,
    "Quite a bit, for a simulated model:\n\n- remember what you tell me here, such as your name\n- calculate: `15% of 80`, `(3 + 4) * 12`\n- make lists, comparisons, short stories and poems\n- show a little code in Python, JavaScript or TypeScript\n- tell how long our conversation is, or sum it up\n\nFor real knowledge, set the key of a real provider.",
  ],
  [
    /\bwhat(?:'s| is) muse\b|\btell me about muse\b|\bwhat does muse do\b/,
    "**Muse** is the backend of an AI chat and image app: one Azure Functions app with conversations, streamed answers, image generation, accounts, credits and search behind one HTTP API. On a laptop it runs whole and offline, with me as its simulated model.",
  ],
  [
    /\bwhat(?:'s| is) (?:the )?(?:time|date|day)\b(?! of)|\bwhat (?:time|day|date) is it\b|\btoday's date\b/,
    "I cannot tell: the simulated model sees your messages and no clock.",
  ],
  [
    /\b(?:what(?:'s| is)|how(?:'s| is)) the weather\b|\bwill it rain\b/,
    "I cannot look outside: the simulated model has no connection to anything but this conversation.",
  ],
  [
    /^(?:draw|paint|generate|make|create)(?: me)? (?:a |an )?(?:picture|image|photo|drawing|painting)\b/,
    "I write, and **muse-image** paints: ask for the picture as an image generation, and it appears in this conversation.",
  ],
];

/** Says what it is and what it can do, without pretending to be more. */
export const answerAboutItself: Rule = ({ plain }) => aboutItself.find(([pattern]) => pattern.test(plain))?.[1];

/** Does small jobs on a text: counts, turns round, changes the case. */
export const answerTextTask: Rule = ({ text }) => {
  const [, task, given] =
    /^\s*(?:please\s+|can you\s+)?(count the words in|how many words(?: are)? in|how many letters(?: are)? in|reverse|spell backwards|uppercase|upper-case|lowercase|lower-case|capitali[sz]e|summari[sz]e|sum up)(?:\s+(?:the|this|following|word|words|text|sentence|string|phrase|of|for me))*\s*:?\s+(.+?)\s*$/is.exec(
      text,
    ) ?? [];
  if (task === undefined || given === undefined) {
    return undefined;
  }
  const material = given.replace(/^["'“‘`](.+)["'”’`][?.!]?$/s, "$1");
  const job = task.toLowerCase();
  if (/words/.test(job)) {
    return `It has **${material.split(/\s+/).length} words**.`;
  }
  if (/letters/.test(job)) {
    return `${quote(material, 60)} has **${(material.match(/\p{L}/gu) ?? []).length} letters**.`;
  }
  if (/^(?:reverse|spell)/.test(job)) {
    return [...material].reverse().join("");
  }
  if (/^(?:upper|capital)/.test(job)) {
    return material.toUpperCase();
  }
  if (/^lower/.test(job)) {
    return material.toLowerCase();
  }
  const sentences = material.split(/(?<=[.!?])\s+/);
  if (material.length < 80) {
    return undefined;
  }
  const longest = [...sentences.slice(1)].sort((left, right) => right.length - left.length)[0];
  return `In short: ${sentences[0]}${longest === undefined ? "" : ` ${longest}`}\n\n(${material.split(/\s+/).length} words, of which I kept the opening and the fullest sentence: a simulated model chooses, it does not understand.)`;
};
