import { answerArithmetic } from "./arithmetic.ts";
import { answerCode } from "./code.ts";
import { type Rule, readConversation } from "./conversation.ts";
import { answerKnowledge } from "./knowledge.ts";
import { answerAboutConversation, answerRecall, answerStatement, answerWhatIsKnown } from "./recall.ts";
import {
  answerAboutItself,
  answerCourtesy,
  answerEcho,
  answerGreeting,
  answerTextTask,
  answerTitle,
} from "./small-talk.ts";
import type { SpokenMessage } from "./spoken-message.ts";
import { answerAnything, answerComparison, answerList, answerWriting } from "./writing.ts";

const answerNothing: Rule = ({ text }) =>
  text === ""
    ? "Your message came without words, so here is a sentence of mine: the simulated model is awake and listening."
    : undefined;

/** The first that has an answer gives it. */
const rules: readonly Rule[] = [
  answerNothing,
  answerTitle,
  answerEcho,
  answerArithmetic,
  answerAboutConversation,
  answerWhatIsKnown,
  answerRecall,
  answerAboutItself,
  answerCourtesy,
  answerStatement,
  answerGreeting,
  answerCode,
  answerWriting,
  answerTextTask,
  answerComparison,
  answerKnowledge,
  answerList,
  answerAnything,
];

/** Rules whose texts could be taken for a real model's: they own up to what they are once in a while. */
const ownsUp: ReadonlySet<Rule> = new Set([answerWriting, answerList]);

const confession = "(From Muse's simulated model: with the key of a real provider, a real one answers.)";

/** The first sentence or two of an answer, for somebody who wants it short. */
function shorten(answer: string): string {
  const [paragraph = ""] = answer.split("\n\n");
  const sentences = paragraph.match(/[^.!?]+[.!?]+(?=\s|$)/g);
  return answer.includes("```") || sentences === null ? answer : sentences.slice(0, 2).join("").trim();
}

/**
 * What the simulated model says to a conversation: always the same to the same messages. It is made of rules, each a
 * way to answer, and tells so where somebody could take it for more.
 */
export function composeAnswer(messages: readonly SpokenMessage[]): string {
  const conversation = readConversation(messages);
  for (const rule of rules) {
    const answer = rule(conversation);
    if (answer === undefined) {
      continue;
    }
    if (/\b(?:one sentence|be brief|be concise|short answers|briefly)\b/i.test(conversation.instructions)) {
      return shorten(answer);
    }
    return ownsUp.has(rule) && conversation.random.fork("confession").chance(0.25)
      ? `${answer}\n\n${confession}`
      : answer;
  }
  return answerAnything(conversation) ?? "";
}
