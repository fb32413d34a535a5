import { describe, expect, it } from "vitest";
import { type Memory, type MemoryType, newMemory } from "../../../src/domain/memory.ts";
import { findMeant, rankMemories } from "../../../src/domain/memory-ranking.ts";
import { contentWords } from "../../../src/domain/memory-words.ts";

const now = new Date("2026-11-21T12:00:00Z");
let made = 0;

function memory(
  content: string,
  changes: Partial<{ importance: number; type: MemoryType; tags: string[]; ageDays: number }> = {},
): Memory {
  made += 1;
  return newMemory({
    memoryId: `mem_${String(made).padStart(6, "0")}`,
    userId: "user_a",
    content,
    memoryType: changes.type ?? "fact",
    importance: changes.importance ?? 5,
    tags: changes.tags ?? [],
    now: new Date(now.getTime() - (changes.ageDays ?? 0) * 86_400_000),
  });
}

const recalled = (
  memories: readonly Memory[],
  content: string,
  options: { limit?: number; characters?: number } = {},
) => rankMemories(memories, { content, now, ...options }).map((found) => found.content);

describe("words", () => {
  it.each([
    ["hiking", "hikes"],
    ["watches", "watch"],
    ["running", "run"],
    ["stories", "story"],
    ["Café", "cafe"],
    ["CATS", "cat"],
    ["lived", "live"],
  ])("%s and %s are one", (one, two) => {
    expect([...contentWords(one)]).toEqual([...contentWords(two)]);
  });

  it("leave out what is about nothing, and read scripts without spaces", () => {
    expect([...contentWords("What is the dog of the user?")]).toEqual(["dog"]);
    expect([...contentWords("東京都")]).toEqual(["東京", "京都"]);
    expect(contentWords("").size).toBe(0);
  });
});

describe("recall", () => {
  it("brings what the message is about, and not the rest", () => {
    const memories = [
      memory("The user's dog is called Rex"),
      memory("The user likes jazz"),
      memory("The user works as a baker"),
    ];
    expect(recalled(memories, "What should I feed my dogs?")).toEqual(["The user's dog is called Rex"]);
    expect(recalled(memories, "Which bakers work at night?")).toEqual(["The user works as a baker"]);
    expect(recalled(memories, "Explain recursion")).toEqual([]);
  });

  it("brings facts and preferences of high importance whatever the message is about", () => {
    const memories = [
      memory("The user is allergic to peanuts", { importance: 10 }),
      memory("Answers in German, please", { importance: 8, type: "preference" }),
      memory("The user was packing for a move", { importance: 10, type: "context" }),
      memory("The user likes chess", { importance: 7 }),
    ];
    expect(recalled(memories, "Explain recursion")).toEqual([
      "The user is allergic to peanuts",
      "Answers in German, please",
    ]);
  });

  it("puts what fits best first, then what always matters", () => {
    const loosely = memory("Wants to see a play in Paris with a cousin some day", { importance: 3, ageDays: 300 });
    const fitting = memory("Paris hotel near the river", { importance: 3, ageDays: 300 });
    const always = memory("The user is allergic to nuts", { importance: 9, ageDays: 300 });
    expect(recalled([loosely, always, fitting], "Find me a hotel by the river in Paris")).toEqual([
      "Paris hotel near the river",
      "Wants to see a play in Paris with a cousin some day",
      "The user is allergic to nuts",
    ]);
  });

  it("puts the more important of two that fit alike first, and of equals the newer one", () => {
    const old = memory("Violin lessons Monday", { ageDays: 90 });
    const important = memory("Violin lessons Tuesday", { importance: 9, ageDays: 90 });
    const recent = memory("Violin lessons Friday", { ageDays: 1 });
    const contents = ["Violin lessons Tuesday", "Violin lessons Friday", "Violin lessons Monday"];
    expect(recalled([old, important, recent], "violin lessons")).toEqual(contents);
    const twins = [memory("Violin lessons alpha"), memory("Violin lessons gamma")];
    expect(recalled(twins, "violin lessons")).toEqual(["Violin lessons gamma", "Violin lessons alpha"]);
  });

  it("weighs rare words more than common ones", () => {
    const memories = [
      ...Array.from({ length: 20 }, (_unused, index) => memory(`Project meeting ${index} hundred`)),
      memory("Project Zephyr"),
    ];
    expect(recalled(memories, "How is the project Zephyr doing?", { limit: 1 })).toEqual(["Project Zephyr"]);
  });

  it("finds by tags too", () => {
    expect(recalled([memory("Takes oat milk", { tags: ["coffee"] })], "Make me a coffee")).toEqual(["Takes oat milk"]);
  });

  it("keeps to its limits of number and characters, and goes on with what still fits", () => {
    const memories = Array.from({ length: 30 }, (_unused, index) => memory(`River note ${index}`));
    expect(recalled(memories, "river")).toHaveLength(12);
    expect(recalled(memories, "river", { limit: 4 })).toHaveLength(4);
    const long = memory(`River ${"x".repeat(50)}`, { importance: 10 });
    const short = memory("River short", { importance: 1 });
    expect(recalled([long, short], "river", { characters: 40 })).toEqual(["River short"]);
    expect(recalled([], "river")).toEqual([]);
  });

  it("reads the beginning and the end of a very long message", () => {
    const memories = [memory("Owns a sailboat"), memory("Grows tomatoes")];
    const text = `sailboat ${"filler ".repeat(20_000)} tomatoes`;
    expect(recalled(memories, text).toSorted()).toEqual(["Grows tomatoes", "Owns a sailboat"]);
  });
});

describe("what is meant to be forgotten", () => {
  const memories = [
    memory("The user lives in Paris"),
    memory("The user likes jazz"),
    memory("The user likes jazz clubs in Paris"),
  ];

  it.each([
    ["that I live in Paris", "The user lives in Paris"],
    ["liking jazz", "The user likes jazz"],
    ["jazz clubs", "The user likes jazz clubs in Paris"],
  ])("%s is %j", (said, content) => {
    expect(findMeant(memories, said)?.content).toBe(content);
  });

  it.each(["that I live in Rome", "my dentist", "that", "", "all about me and you"])("%j is nothing", (said) => {
    expect(findMeant(memories, said)).toBeUndefined();
  });
});
