import { describe, expect, it } from "vitest";
import { composeAnswer } from "../../../../src/local/simulated/chat/answer.ts";
import type { SpokenMessage } from "../../../../src/local/simulated/chat/spoken-message.ts";
import { assistant, user } from "./support.ts";

const prompt: SpokenMessage = { role: "system", content: "You are a helpful AI assistant." };

/** Talks through the turns; returns the last answer. */
function talk(turns: readonly string[], instructions: SpokenMessage = prompt): string {
  const messages: SpokenMessage[] = [instructions];
  let answer = "";
  for (const turn of turns) {
    messages.push(user(turn));
    answer = composeAnswer(messages);
    messages.push(assistant(answer));
  }
  return answer;
}

describe("what the simulated model remembers", () => {
  it.each([
    [["My name is Ada.", "What is my name?"], "Ada"],
    [["Hi, I’m Grace and I live in Lisbon.", "who am I?"], "Grace"],
    [["my name is Ada", "Call me Countess", "what's my name"], "Countess"],
    [["I live in Lisbon and I love sailing", "Where do I live?"], "Lisbon"],
    [["My favorite color is teal.", "What's my favourite colour?"], "teal"],
    [["My dog's name is Rex", "what is my dog called?"], "Rex"],
    [["The code word is zebra.", "What is the code word?"], "zebra"],
    [["Remember the number 42", "What number did I ask you to remember?"], "42"],
  ])("%j", (turns, expected) => {
    expect(talk(turns)).toContain(expected);
  });

  it("reads memories among the instructions", () => {
    const memories: SpokenMessage = {
      role: "system",
      content:
        "You are helpful.\nWhat you know:\n- The user's name is Grace\n- User lives in Oslo\n- My favourite food is ramen",
    };
    expect(talk(["What is my name?"], memories)).toContain("Grace");
    expect(talk(["Where do I live?"], memories)).toContain("Oslo");
    expect(talk(["What is my favorite food?"], memories)).toContain("ramen");
  });

  it("says so when it was not told", () => {
    expect(talk(["What is my name?"])).toMatch(/not told me/);
  });

  it("does not take a question for a statement", () => {
    expect(talk(["What is my name?", "Is my name Bob?", "What is my name?"])).toMatch(/not told me/);
  });

  it("knows how long the conversation is and what was said", () => {
    expect(talk(["Hello", "Thanks", "How many messages have we sent so far?"])).toContain("4 messages");
    expect(talk(["Good morning to you", "Thanks", "What was my first message?"])).toContain("Good morning to you");
  });
});

describe("what the simulated model can do", () => {
  it.each([
    ["What is 12 * (3 + 4)?", "84"],
    ["what's 15% of 80", "12"],
    ["two plus two", "4"],
    ["calculate 2^10 - 24", "1000"],
    ["0.1 + 0.2", "0.3"],
    ["the square root of 144", "12"],
    ["What is 1,000 times 3?", "3000"],
    ["-3 + 5 =", "2"],
  ])("calculates %s", (question, result) => {
    expect(talk([question])).toContain(`**${result}**`);
  });

  it("does not divide by zero", () => {
    expect(talk(["What is 1 / 0?"])).toContain("no value");
  });

  it.each(["What happened on 2024-11-21?", "Call 555-1234 for me", "Is 3.5 a lot?"])(
    "does not calculate %s",
    (text) => {
      expect(talk([text])).not.toMatch(/ = \*\*/);
    },
  );

  it("shows code in the language that was asked for", () => {
    expect(talk(["Write a TypeScript function that reverses a string"])).toMatch(/```typescript\n.*text: string/);
    expect(talk(["fizzbuzz in JavaScript"])).toMatch(/```javascript\nfor \(let/);
    expect(talk(["Write Python code for prime numbers"])).toMatch(/```python\ndef is_prime/);
  });

  it("makes a list of as many points as asked for", () => {
    const answer = talk(["Give me 3 tips for learning to sail"]);
    expect(answer.match(/^- \*\*/gm)).toHaveLength(3);
    expect(answer).toContain("learning to sail");
  });

  it("answers about the prompt when it knows no better, and owns up to what it is", () => {
    const answer = talk(["Tell me about the history of Venice."]);
    expect(answer).toContain("the history of Venice");
    expect(answer).toMatch(/simulated model/);
  });

  it("greets, by name where it knows one", () => {
    expect(talk(["Hello!"])).toMatch(/^Hello/);
    expect(talk(["My name is Ada", "hello again"])).toContain("Ada");
  });

  it("is brief where the instructions want it brief", () => {
    const brief: SpokenMessage = { role: "system", content: "Answer in one sentence. Be brief." };
    expect(talk(["Tell me about the history of Venice."], brief).length).toBeLessThan(
      talk(["Tell me about the history of Venice."]).length,
    );
  });

  it.each([
    "",
    "   ",
    "?",
    "…",
    "日本語で話せますか",
    "a".repeat(5000),
    "* ".repeat(3000),
    "my ".repeat(3000),
    "1+".repeat(3000),
  ])("has an answer to anything (%#)", (text) => {
    const startedAt = performance.now();
    expect(talk([text]).length).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
