import { capitalize, type Rule, readTopic } from "./conversation.ts";

/** Fills `{topic}` in. */
function fill(template: string, topic: string): string {
  return template.replaceAll("{Topic}", capitalize(topic)).replaceAll("{topic}", topic);
}

const poems: readonly [string, ...string[]] = [
  "*{Topic}*\n\nThe evening folds its paper light\nand sets it on the sill;\nI think of {topic} in the night,\nand everything is still.",
  "*{Topic}*\n\nFirst light, and all the roofs are grey,\nthe gulls are on the wing;\na word of {topic} starts the day\nand teaches it to sing.",
  "*{Topic}*\n\nI asked the tide, I asked the stone,\nI asked the passing rain:\nof {topic}, each has songs its own\nand sings them once again.",
];

const haikus: readonly [string, ...string[]] = [
  "Slow light on the hill,\none thought of {topic} remains,\nthe wind turns a page.",
  "Rain on the window:\nbetween two drops, {topic},\nthen the sky again.",
];

const stories: readonly [string, ...string[]] = [
  'At the end of the harbour road stood a house with one green window, and everybody knew that it had something to do with {topic}. Nobody had ever asked.\n\nOne windy Tuesday Mara did. The door opened before she knocked. "You are late," said the old man, "but you are the first." He showed her a drawer of small brass keys, one for each question that people had been too polite to ask. She took hers home, and it fitted a door she had always taken for a wall.',
  'The night train carried eleven sleepers, a sack of letters, and a story about {topic} that nobody had finished. The conductor told it up to the bridge and stopped, as always.\n\n"And then?" asked a girl in the last seat. He thought about it over four stations. "Then," he said at last, "somebody asked." In the morning she got off with the ending in her pocket, and the train ran a little lighter.',
];

/** Writes a poem, a haiku or a story about the topic. */
export const answerWriting: Rule = ({ plain, text, random }) => {
  const [kind] = /\b(?:haiku|poem|verse|rhyme|song|limerick|story|tale)\b/.exec(plain) ?? [];
  if (kind === undefined || !/\b(?:write|tell|compose|make|create|give|a|another)\b/.test(plain)) {
    return undefined;
  }
  const [, about] = /\b(?:about|on|of|for)\s+(.+)$/i.exec(text.split("\n")[0] ?? "") ?? [];
  const topic = (about ?? "the sea")
    .replace(/[\s.!?…]+$/, "")
    .split(/\s+/)
    .slice(0, 8)
    .join(" ");
  const templates = kind === "haiku" ? haikus : kind === "story" || kind === "tale" ? stories : poems;
  return fill(random.pick(templates), topic);
};

const points: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ["Start small", "take the part that matters most and do only that first"],
  ["Know who it is for", "a beginner needs something else than somebody who does it daily"],
  ["Look at what exists", "collect three examples that you like, and say why you like them"],
  ["Set a limit", "a date, a budget or a number keeps it from growing without end"],
  ["Try it early", "show a rough version to one person and watch what they do"],
  ["Write it down", "a page today saves a long conversation next month"],
  ["Leave something out", "the best change is often one thing less"],
  ["Come back to it", "plan a second look in a week, with fresh eyes"],
];

const countWords: Readonly<Record<string, number>> = { three: 3, four: 4, five: 5, six: 6, seven: 7 };

/** Makes the list or the steps that were asked for. */
export const answerList: Rule = ({ plain, text, random }) => {
  const isHowTo =
    /^(?:please )?(?:(?:can|could) you )?(?:tell|show|explain)?(?: me)?\s*how (?:do (?:i|you|we)|can i|should i|to)\b/.test(
      plain,
    );
  if (
    !isHowTo &&
    !/\b(?:list|ideas?|tips?|steps?|ways|suggestions?|suggest|recommend|brainstorm|plan|advice|checklist)\b/.test(plain)
  ) {
    return undefined;
  }
  const [, wanted = "4"] = /\b(\d{1,2}|three|four|five|six|seven)\b/.exec(plain) ?? [];
  const count = Math.max(1, Math.min(countWords[wanted] ?? Number(wanted), points.length));
  const start = random.integer(0, points.length - 1);
  // Three and eight have no common divisor, so no point comes twice.
  const chosen = Array.from({ length: count }, (_, index) => points[(start + index * 3) % points.length] ?? points[0]);
  const isOrdered = isHowTo || /\b(?:steps?|plan)\b/.test(plain);
  const lines = chosen.map(([title, advice], index) => `${isOrdered ? `${index + 1}.` : "-"} **${title}**: ${advice}.`);
  const topic = readTopic(text).replace(/^to /, "");
  const introduction = isHowTo
    ? `To ${topic}, I would go about it like this`
    : fill(random.pick(["Some thoughts on **{topic}**", "For **{topic}**, this is where I would begin"]), topic);
  return `${introduction}:\n\n${lines.join("\n")}`;
};

/** Sets two things side by side. */
export const answerComparison: Rule = ({ text, plain }) => {
  const [, left, right] =
    /\b(?:difference between|compare|choose between)\s+(.+?)\s+(?:and|with|to|or|vs\.?)\s+(.+?)[\s.!?]*$/is.exec(
      text,
    ) ??
    /^\s*(.+?)\s+(?:vs\.?|versus)\s+(.+?)[\s.!?]*$/is.exec(text) ??
    [];
  if (left === undefined || right === undefined || plain.length > 120) {
    return undefined;
  }
  const [first, second] = [capitalize(left), capitalize(right)];
  return `Side by side:\n\n| | ${first} | ${second} |\n|---|---|---|\n| Ask first | what is it made for? | what is it made for? |\n| Try | your smallest real case | the same case again |\n| Choose it when | you can name what ${left} does better | you can name what ${right} does better |\n\nThe frame is mine, and the filling would be yours: the simulated model knows neither of them well enough to judge.`;
};

const openings: readonly [string, ...string[]] = [
  "You are asking about **{topic}**, and that is a good thing to think through.",
  "**{Topic}**: let us look at it together.",
  "There is more to **{topic}** than one answer can hold, so here is a beginning.",
  "A fair question, **{topic}**.",
];

const quotedOpenings: readonly [string, ...string[]] = [
  "You wrote *{topic}*, and that is worth a thought.",
  "*{Topic}*: let us take it one step at a time.",
];

const middles: readonly [string, ...string[]] = [
  "I would first say what a good result looks like, then take the smallest step that could show it.",
  "It helps to split it in two: what is known already, and what would change your mind.",
  "Most of it usually turns on one decision; once that is found, the rest follows.",
  "Begin with one concrete example. The general rule is easier to see from there.",
];

const honesty: readonly [string, ...string[]] = [
  "I am Muse's simulated model, so take this as a stand-in: with a provider's key, a real model answers here.",
  "To be honest about it: I am the simulated model, and I know your words better than the world. A real provider would know more.",
  "Being the simulated model, I have no real knowledge of it; what I can do is keep the thread, calculate and write short texts.",
];

const closings: readonly [string, ...string[]] = [
  "Which part matters most to you?",
  "Tell me a little more, and I will go on from there.",
  "Shall I make a list of first steps?",
  "What have you tried so far?",
];

/** Answers anything: about the prompt, in a few sentences, without pretending to know. */
export const answerAnything: Rule = ({ text, plain, random, earlierQuestions }) => {
  const topic = readTopic(text);
  const previous = earlierQuestions.at(-1);
  const isFollowUp =
    previous !== undefined && plain.length < 40 && /^(?:and|why|how so|more|go on|what about|but|also)\b/.test(plain);
  const isPhrase = !/^(?:what|who|where|which|when|why|how|i|i'm|it|we|you|they|should|is|are|do|does|can|my)\b/i.test(
    topic,
  );
  const shown = topic.replace(/\*/g, "");
  const general = isPhrase ? fill(random.pick(openings), shown) : fill(random.pick(quotedOpenings), shown);
  const opening = isFollowUp ? `Going on from **${readTopic(previous)}**.` : general;
  return [opening, random.pick(middles), random.pick(honesty), random.pick(closings)].join(" ");
};
