import { type Conversation, capitalize, quote, type Rule, toPlain } from "./conversation.ts";
import { type Fact, normalizeThing, readFacts } from "./facts.ts";

function latest(facts: readonly Fact[], about: string): Fact | undefined {
  return facts.findLast((fact) => fact.about === about);
}

/** The name that the user goes by, if they have said one. */
export function userName({ facts, text }: Conversation): string | undefined {
  return latest([...facts, ...readFacts(text, "user")], "name")?.value;
}

/** One statement a subject: what was said last holds. Likes and notes add up. */
function currentFacts(facts: readonly Fact[]): readonly Fact[] {
  const addsUp = (fact: Fact) => fact.about === "likes" || fact.about === "note";
  return facts.filter((fact, index) => {
    const repeats = facts
      .slice(index + 1)
      .some((later) => later.about === fact.about && (!addsUp(fact) || later.value === fact.value));
    return !repeats;
  });
}

const questionsAbout: readonly (readonly [RegExp, string])[] = [
  [/\bwho am i\b|\b(?:say|tell me|know|remember|recall|guess) my name\b/, "name"],
  [/\bwhere (?:do i live|is my home)\b/, "home"],
  [/\bwhere (?:am i|do i come) from\b/, "origin"],
  [/\bwhat (?:do i do for (?:a living|work)|is my (?:job|work))\b|\bwhere do i work\b/, "work"],
  [/\bwhat do i (?:like|love|enjoy)\b/, "likes"],
  [/\bwhat do i prefer\b/, "preferences"],
];

/** What the user wants to hear again, as a key of the facts. */
function readAskedSubject(plain: string): string | undefined {
  const known = questionsAbout.find(([pattern]) => pattern.test(plain));
  if (known !== undefined) {
    return known[1];
  }
  const [, mine] =
    /\b(?:what(?:'s| is| was| are| were|'re)|who(?:'s| is)|which is|(?:remember|recall|know|tell me)(?: what)?) my (.+?)(?: (?:is|was|are))?$/.exec(
      plain,
    ) ?? [];
  if (mine !== undefined) {
    return normalizeThing(mine);
  }
  const [, thing] = /\bwhat(?:'s| is| was) the (.+?)(?: again| i (?:told|gave|mentioned).*)?$/.exec(plain) ?? [];
  return thing === undefined ? undefined : `the ${normalizeThing(thing)}`;
}

/** Tells again what the user told before. */
export const answerRecall: Rule = ({ plain, facts }) => {
  const about = readAskedSubject(plain);
  if (about === undefined) {
    return undefined;
  }
  if (about === "likes") {
    const liked = currentFacts(facts).filter((fact) => fact.about === "likes");
    return liked.length === 0 ? undefined : `You told me that you like ${liked.map((fact) => fact.value).join(", ")}.`;
  }
  const bare = about.replace(/^the /, "").replace(/(?:'s name| called| named)$/, "");
  const keys = [about, bare, `${bare}'s name`, `the ${bare}`];
  const fact = keys.map((key) => latest(facts, key)).find((found) => found !== undefined);
  if (fact !== undefined) {
    return `${capitalize(fact.statement).replace(/(\s)(\S+)$/, "$1**$2**")}.`;
  }
  if (about.startsWith("the ")) {
    return undefined;
  }
  return `You have not told me about your ${bare} in this conversation. Tell me, and I will use it from here on.`;
};

/** Says all that it knows of the user, or the one note that is asked for: "what number did I ask you to remember?" */
export const answerWhatIsKnown: Rule = ({ plain, facts }) => {
  if (
    !/\bwhat (?:else )?(?:do|did) you (?:know|remember|learn)\b|\bwhat did i (?:tell|ask) you (?:to remember|about me)\b/.test(
      plain,
    ) &&
    !/\b(?:did i|i) (?:ask|asked|tell|told) you to remember\b/.test(plain)
  ) {
    return undefined;
  }
  const [, thing] = /\bwhat (\S+) (?:did|do) (?:i|you)\b/.exec(plain) ?? [];
  const note = facts.findLast((fact) => thing !== undefined && fact.about === "note" && fact.value.includes(thing));
  if (note !== undefined) {
    return `${capitalize(note.statement)}.`;
  }
  const known = currentFacts(facts);
  return known.length === 0
    ? "So far, nothing: you have not told me anything about yourself in this conversation."
    : `Here is what you have told me:\n\n${known.map((fact) => `- ${fact.statement}`).join("\n")}`;
};

/** Answers about the conversation itself: what was said, and how much. */
export const answerAboutConversation: Rule = ({ plain, earlierQuestions, earlierAnswers }) => {
  if (
    /\bhow many (?:messages?|questions?|times|things)\b.*\b(?:i|we|you|sent|conversation|so far|before)\b/.test(plain)
  ) {
    const total = earlierQuestions.length + earlierAnswers.length;
    const sent = earlierQuestions.length === 1 ? "1 is yours" : `${earlierQuestions.length} are yours`;
    return total === 0
      ? "This is the first message of our conversation."
      : `Before this one there were **${total} messages**: ${sent}, and I answered ${earlierAnswers.length} times.`;
  }
  if (
    /\bsummar(?:y|ise|ize)\b.*\b(?:conversation|chat|so far|we)\b|\bwhat have we (?:talked|spoken) about\b/.test(plain)
  ) {
    return earlierQuestions.length === 0
      ? "We have only just begun: this is your first message."
      : `So far you said:\n\n${earlierQuestions
          .slice(-8)
          .map((said) => `- ${quote(said, 90)}`)
          .join("\n")}`;
  }
  const asked =
    /\bwhat (?:did i|was (?:it )?(?:i|my|the)) ?(?:just )?(?:say|said|ask|asked|first|last|previous|tell|told|write)\b.*/.exec(
      plain,
    );
  if (asked !== null) {
    const said = /\bfirst\b/.test(asked[0]) ? earlierQuestions[0] : earlierQuestions.at(-1);
    return said === undefined ? "You have not said anything before this message." : `You said ${quote(said, 200)}.`;
  }
  return undefined;
};

/** Takes note of what the user tells about themselves. */
export const answerStatement: Rule = (conversation) => {
  const { text, plain, facts, random } = conversation;
  const told = readFacts(text, "user").filter(
    (fact) =>
      !fact.about.startsWith("the ") || /\bremember\b/.test(plain) || (/^the\b/.test(plain) && plain.length < 80),
  );
  const [first] = told;
  if (first === undefined || /\?\s*$/.test(text) || text.length > 240) {
    return undefined;
  }
  const name = told.find((fact) => fact.about === "name");
  if (name !== undefined) {
    const known = latest(facts, "name");
    const greeting =
      known !== undefined && toPlain(known.value) !== toPlain(name.value)
        ? `${name.value} it is, then.`
        : `Nice to meet you, ${name.value}!`;
    const rest = told.filter((fact) => fact !== name);
    const noted =
      rest.length === 0 ? "" : ` I have also noted that ${rest.map((fact) => fact.statement).join(", and that ")}.`;
    return `${greeting}${noted} ${random.pick(["What shall we look at first?", "What can I do for you today?", "What would you like to talk about?"])}`;
  }
  const noted = told.map((fact) => fact.statement).join(", and that ");
  const isNote = first.about === "note";
  return isNote
    ? `I will keep it in mind: ${first.value.trim()}. Ask me for it whenever you need it.`
    : `${random.pick(["Good to know", "Noted", "I will keep that in mind"])}: ${noted}. Ask me about it later in this conversation and I will remember.`;
};
