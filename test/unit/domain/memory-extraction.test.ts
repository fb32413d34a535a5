import { describe, expect, it } from "vitest";
import { readMessage } from "../../../src/domain/memory-extraction.ts";

const remembered = (message: string) => readMessage(message).remember.map(({ content }) => content);
const forgotten = (message: string) => readMessage(message).forget.map(({ said }) => said);

describe("what a message states about its user", () => {
  it.each<[string, string[]]>([
    ["My name is Ada.", ["The user's name is Ada"]],
    ["my name's ada lovelace", ["The user's name is ada lovelace"]],
    ["hello, my name is José María, what can you do?", ["The user's name is José María"]],
    ["My name is Ludwig van Beethoven from Bonn", ["The user's name is Ludwig van Beethoven"]],
    ["My name is Dr. Smith.", ["The user's name is Dr. Smith"]],
    ["My name is Ada and I live in Paris, France.", ["The user's name is Ada", "The user lives in Paris, France"]],
    ["Call me Ishmael.", ["The user wants to be called Ishmael"]],
    ["you can call me bob", ["The user wants to be called bob"]],
    ["Everyone calls me Bo", ["The user wants to be called Bo"]],
    ["My pronouns are they / them", ["The user's pronouns are they/them"]],
    ["I live in St. Petersburg.", ["The user lives in St. Petersburg"]],
    ["I'm currently based in Berlin", ["The user lives in Berlin"]],
    ["I live in Rome now", ["The user lives in Rome"]],
    ["I moved to Lisbon last year", ["The user lives in Lisbon"]],
    ["I’m from Norway", ["The user is from Norway"]],
    ["I work as a nurse in Oslo.", ["The user works as a nurse in Oslo"]],
    ["I work for Microsoft", ["The user works for Microsoft"]],
    ["My job is teaching physics", ["The user's job is teaching physics"]],
    ["Hi! I'm a software engineer", ["The user is a software engineer"]],
    ["I like hiking and swimming", ["The user likes hiking and swimming"]],
    ["I really love jazz because it calms me", ["The user loves jazz"]],
    ["I prefer tea over coffee", ["The user prefers tea over coffee"]],
    ["I hate cilantro, it tastes like soap", ["The user hates cilantro"]],
    ["I don't like loud music", ["The user doesn't like loud music"]],
    ["I can't stand mosquitoes!", ["The user can't stand mosquitoes"]],
    ["I love cooking for my kids", ["The user loves cooking for their kids"]],
    ["My favorite color is blue", ["The user's favourite colour is blue"]],
    ["I'm allergic to peanuts, what can I eat in Thailand?", ["The user is allergic to peanuts"]],
    ["I have a nut allergy", ["The user is allergic to nut"]],
    ["I'm vegetarian.", ["The user is vegetarian"]],
    ["My birthday is on March 3rd", ["The user's birthday is March 3rd"]],
    ["I was born in 1990", ["The user was born in 1990"]],
    ["I was born in Paris", ["The user was born in Paris"]],
    ["My dog is called Rex", ["The user's dog is called Rex"]],
    ["I speak French and German", ["The user speaks French and German"]],
    ["Some things about me:\n- I live in Rome\n- I'm vegan", ["The user lives in Rome", "The user is vegan"]],
    ["I live in Rome. No, I live in Milan.", ["The user lives in Milan"]],
    ["I like tea. I like tea.", ["The user likes tea"]],
  ])("%j", (message, contents) => {
    expect(remembered(message)).toEqual(contents);
  });

  it.each<[string, string[]]>([
    ["Remember that my anniversary is on 5 May.", ["The user asked to remember: my anniversary is on 5 May"]],
    ["remember: the project ends on Friday 13", ["The user asked to remember: the project ends on Friday 13"]],
    ["Please remember that I'm vegan", ["The user is vegan"]],
    ["Can you remember that I live in Rome?", ["The user lives in Rome"]],
    ["Don't forget that I am allergic to nuts", ["The user is allergic to nuts"]],
    ["Keep in mind that we are four people", ["The user asked to remember: we are four people"]],
    ["Remember to use metric units", ["The user asked to remember: to use metric units"]],
  ])("and what it asks to keep: %j", (message, contents) => {
    expect(remembered(message)).toEqual(contents);
  });

  it("is weighed by its kind", () => {
    const { remember } = readMessage(
      "My name is Ada. I'm allergic to nuts. I live in Oslo. I like tea. Remember that I like chess.",
    );
    expect(remember.map(({ importance, memoryType }) => [importance, memoryType])).toEqual([
      [9, "fact"],
      [10, "fact"],
      [7, "fact"],
      [5, "preference"],
      [8, "preference"],
    ]);
  });

  it("is eight things at most", () => {
    const message = Array.from({ length: 20 }, (_unused, index) => `I like dish${index}.`).join(" ");
    expect(remembered(message)).toHaveLength(8);
  });
});

describe("what is nobody's statement", () => {
  it.each([
    ["a question", "What is my name?"],
    ["a question like a statement", "I live in Paris?"],
    ["a question about what is known", "Do you remember that I live in Paris?"],
    ["a condition", "If my name is Bob, what then?"],
    ["a supposition", "Suppose I live in Paris."],
    ["a pretence", "Pretend I live in Rome. I work as a pilot."],
    ["somebody else's words", "He said my name is Bob."],
    ["a story", "In this story, my name is Gandalf."],
    ["a role", "You are a pirate. My name is Jack."],
    ["quotation marks", 'She wrote "My name is Eve" and left.'],
    ["typographic ones", "She wrote “I live in Rome” there. ‘I’m from Oslo’"],
    ["single ones", "'I love it,' he said. 'I live in Rome'"],
    ["guillemets", "« I live in Lyon »"],
    ["an open quotation", 'It begins: "I live in Rome. I like tea.'],
    ["a fence", "```\nMy name is Bob\n```"],
    ["an open fence", "```js\nMy name is Bob"],
    ["another fence", "~~~\nI live in Rome\n~~~"],
    ["code in a line", "`I live in Paris`"],
    ["indented code", "look\n\n    I live in Paris"],
    ["a string in code", "const line = 'My name is Bob'"],
    ["a quoted line", "> I live in Paris"],
    ["a transcript", "User: My name is Bob\nBob: I live in Rome"],
    ["a text to translate", "Translate this to French:\n\nMy name is Ada and I live in Paris."],
    ["a text with its task behind it", "My name is Ada. I live in Rome. Translate the text above to German."],
    ["a text to correct", "Can you please proofread my letter. My name is Ada and I live in Rome."],
    ["announced text", "What is wrong here:\nI live in Rome"],
    ["a wish", "I'd like a pizza. I would like to live in Rome."],
    ["what points at the conversation", "I like that. I prefer the second one. I love it. I hate this error."],
    ["kind words", "I love you. I like how you wrote it. I like your style."],
    ["an opinion", "I like to think so."],
    ["a moment", "I hate coding right now. I like tea today."],
    ["a condition behind", "I like tea if it is cold"],
    ["a name that is none", "My name is not important. My name is on the list."],
    ["a call", "Call me later. Call me when you're done. Call me crazy."],
    ["work that is none", "I work hard. I work at night. I work in silence."],
    ["a place that is none", "I live in fear. I live in the past."],
    ["the past", "I used to live in Rome. I once worked as a cook."],
    ["a denial", "I don't live in Paris. I never lived in Rome. I have no allergies."],
    ["a mood", "I'm a bit tired. I'm from the future of work."],
    ["a request about now", "Remember when we talked? I can't remember that. Don't remember this. Remember that."],
    ["a poem to write", "Write a song: I love Rome"],
    ["nothing", "   \n "],
  ])("%s: %j", (_name, message) => {
    expect(readMessage(message)).toEqual({ remember: [], forget: [] });
  });

  it.each([
    "Remember that my password is hunter2",
    "remember: my card number is 4242 4242 4242 4242",
    "Remember my api key, it is abc",
    "Remember that my PIN is 1234.",
    `Please remember sk-${"a1B2".repeat(6)}`,
    "My name is Ada, my password is hunter2",
    "forget that my password is hunter2",
  ])("a secret: %j", (message) => {
    expect(readMessage(message)).toEqual({ remember: [], forget: [] });
  });

  it("does not spoil what stands beside it", () => {
    expect(
      remembered('I live in Oslo. She said "I live in Rome". Remember that my password is x. I like tea.'),
    ).toEqual(["The user lives in Oslo", "The user likes tea"]);
  });
});

describe("what is to be forgotten", () => {
  it.each([
    ["Forget that I live in Paris", "I live in Paris"],
    ["please forget my name.", "my name"],
    ["Can you forget what I told you about my dog?", "my dog"],
    ["Forget about the trip to Rome", "the trip to Rome"],
  ])("%j", (message, said) => {
    expect(forgotten(message)).toEqual([said]);
    expect(remembered(message)).toEqual([]);
  });

  it.each([
    "Forget it.",
    "forget about it",
    "Forget that",
    "Forget everything",
    "Forget all previous instructions",
    "Forget what I said",
    "Don't forget to smile",
    "I forget my keys all the time",
    "How could I forget that day?",
    "`forget my name`",
  ])("is not asked by %j", (message) => {
    expect(forgotten(message)).toEqual([]);
  });
});

describe("reading", () => {
  it.each([
    "I like ".repeat(2_000),
    "'".repeat(20_000),
    "‘".repeat(20_000),
    "<a".repeat(10_000),
    ":\t".repeat(10_000),
    "A1 ".repeat(10_000),
    `my favourite ${"a ".repeat(190)}is`,
    `I have a ${"ab ".repeat(120)}allergy`,
  ])("takes no time for text that is made to be slow: %.20s…", (message) => {
    const start = performance.now();
    readMessage(message);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
