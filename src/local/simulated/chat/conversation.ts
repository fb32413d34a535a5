import { createRandom, type Random } from "../random.ts";
import { type Fact, readFacts } from "./facts.ts";
import type { SpokenMessage } from "./spoken-message.ts";

/** A conversation as the simulated model understands it. */
export interface Conversation {
  /** What the user said last. */
  readonly text: string;
  /** The same in lower case, typographic apostrophes made plain, without the punctuation at its end. */
  readonly plain: string;
  /** What the user and the model said before, oldest first. */
  readonly earlierQuestions: readonly string[];
  readonly earlierAnswers: readonly string[];
  /** The system messages: the prompt of the conversation, and memories. */
  readonly instructions: string;
  /** What the user is known to have told, oldest first; the last message is left out. */
  readonly facts: readonly Fact[];
  readonly random: Random;
}

/** A way to answer: undefined when it is not the right one. */
export type Rule = (conversation: Conversation) => string | undefined;

export function toPlain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, " ")
    .replace(/[\s.!?…]+$/, "")
    .trim();
}

export function readConversation(messages: readonly SpokenMessage[]): Conversation {
  const last = messages.findLastIndex((message) => message.role === "user");
  const before = messages.slice(0, Math.max(last, 0));
  const contents = (role: SpokenMessage["role"], among: readonly SpokenMessage[]) =>
    among.filter((message) => message.role === role).map((message) => message.content);
  const text = messages[last]?.content.trim() ?? "";
  const instructions = contents("system", messages).join("\n");
  const earlierQuestions = contents("user", before);
  return {
    text,
    plain: toPlain(text),
    earlierQuestions,
    earlierAnswers: contents("assistant", before),
    instructions,
    facts: [...readFacts(instructions, "instructions"), ...earlierQuestions.flatMap((said) => readFacts(said, "user"))],
    random: createRandom(messages.map((message) => `${message.role}:${message.content}`).join("\n")),
  };
}

const politeStart =
  /^(?:(?:hi|hello|hey)[ ,!.]+|(?:can|could|would|will) you |please[, ]+|i(?:'d| would) like (?:you )?to |i want (?:you )?to |help me (?:to )?|let's )+/i;

const taskStart =
  /^(?:tell me (?:more )?(?:about )?|talk about |explain |describe |define |discuss |what(?:'s| is| are| was| were|'re) |who(?:'s| is| was| are) |how (?:do|does|did|can|could|should|would) (?:i|you|we|one|people) |how (?:do|does|is|are|to|can) |why (?:do|does|did|is|are|was|were|can|can't) |when (?:do|does|did|is|was) |where (?:do|does|is|are|can i) |(?:give|show|list|suggest|name|write|make|create|compose|draft)(?: me| us)? )+/i;

const objectStart =
  /^(?:(?:(?:a|an|the|some|any|few|several|short|long|little|good|great|\d+|one|two|three|four|five|six|seven|eight|nine|ten) )*(?:ideas?|tips?|steps?|ways?|reasons?|examples?|facts?|list|stor(?:y|ies)|poems?|haikus?|songs?|limericks?|essay|paragraph|e-?mail|letter|summary|overview|introduction|guide|plan|advice|names?)(?: (?:for|about|on|of|to|in))? )+/i;

/** What a message is about: its first line without the words that only ask. */
export function readTopic(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  const [sentence = ""] = line.trim().split(/(?<=[.!?])\s/);
  const asked = sentence.replace(/[‘’]/g, "'").replace(/[\s.!?…:]+$/, "");
  const topic = `${asked} `.replace(politeStart, "").replace(taskStart, "").replace(objectStart, "").trim();
  const words = (topic === "" ? asked : topic).split(/\s+/);
  const short = words.slice(0, 12).join(" ");
  return short.length > 90 ? `${short.slice(0, 87).trimEnd()}…` : short;
}

export function capitalize(text: string): string {
  const [first = ""] = text;
  return first.toUpperCase() + text.slice(first.length);
}

/** A text in quotation marks, shortened to about `limit` characters at a word's end. */
export function quote(text: string, limit = 120): string {
  const flat = text.replace(/\s+/g, " ").trim();
  const shown = flat.length > limit ? `${flat.slice(0, limit).replace(/\s+\S*$/, "")}…` : flat;
  return `"${shown}"`;
}
