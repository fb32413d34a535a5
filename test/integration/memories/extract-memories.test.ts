import { describe, expect, it } from "vitest";
import { createMemories } from "../../../src/database/memories.ts";
import { createUserSettings } from "../../../src/database/user-settings.ts";
import { type Memory, maxMemories, newMemory } from "../../../src/domain/memory.ts";
import type { UserPreferences } from "../../../src/domain/user-settings.ts";
import { extractMemories } from "../../../src/operations/memories/extract-memories.ts";
import { recallMemories } from "../../../src/operations/memories/recall-memories.ts";
import { rememberFact } from "../../../src/operations/memories/remember-fact.ts";
import { createIds } from "../../../src/platform/ids.ts";
import { newId, rejection, silentLogger, start, times, useDatabase } from "../database/support.ts";

const context = useDatabase();
const ids = createIds();
const conversationId = "conv_a";

/** One user, whose clock only moves when told. */
function someone() {
  const userId = newId("user");
  let now = start.getTime();
  const warnings: object[] = [];
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  const dependencies = {
    memories: createMemories(context().database),
    userSettings: createUserSettings(context().database),
    clock,
    ids,
    logger: { ...silentLogger, warn: (fields: object) => void warnings.push(fields) },
  };
  const all = async () =>
    (await dependencies.memories.list({ userId, limit: 100, now: clock.now() })).items as readonly Memory[];
  return {
    userId,
    dependencies,
    warnings,
    all,
    contents: async () => (await all()).map(({ content }) => content).sort(),
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    says: (userText: string) => extractMemories(dependencies, { userId, conversationId, userText }),
    recalls: async (content: string) =>
      (await recallMemories(dependencies, { userId, content })).map((memory) => memory.content),
    remembers: (content: string, more: { importance?: number; type?: Memory["memory_type"] } = {}) =>
      rememberFact(dependencies, { userId, conversationId, content, ...more }),
    sets: (changes: Partial<UserPreferences>) =>
      dependencies.userSettings.set({ userId, settingsId: ids.next("set"), changes, now: clock.now() }),
  };
}

describe("after a turn", () => {
  it("what the user said of themselves is a memory of theirs", async () => {
    const user = someone();
    const { stored } = await user.says("Hi, my name is Ada and I live in Oslo. What is the weather like?");
    expect(stored).toHaveLength(2);
    expect(await user.contents()).toEqual(["The user lives in Oslo", "The user's name is Ada"]);
    expect(stored[0]).toMatchObject({
      user_id: user.userId,
      conversation_id: conversationId,
      memory_type: "fact",
      importance: 9,
      source: "extracted",
      subject: "name",
    });
    expect(user.warnings).toEqual([]);
  });

  it("a message that says nothing of the kind does not reach the database", async () => {
    const user = someone();
    context().sent.splice(0);
    expect(await user.says("Explain recursion to me, please.")).toEqual({ stored: [], forgotten: [] });
    expect(context().sent).toEqual([]);
  });

  it("what is said again stays one memory, and its importance may only rise", async () => {
    const user = someone();
    await user.says("I like chess.");
    await user.says("Remember that I like chess!");
    await user.says("i like CHESS");
    const [memory, ...others] = await user.all();
    expect(others).toEqual([]);
    expect(memory).toMatchObject({ content: "The user likes chess", importance: 8 });
    await Promise.all(times(8, () => user.says("I like chess, I hate rain")));
    expect(await user.contents()).toEqual(["The user hates rain", "The user likes chess"]);
  });

  it("a newer statement takes the place of the one that it contradicts", async () => {
    const user = someone();
    await user.says("I live in Oslo. I like tea.");
    user.pass(60);
    await user.says("I live in Rome now. I hate tea. I like coffee.");
    expect(await user.contents()).toEqual(["The user hates tea", "The user likes coffee", "The user lives in Rome"]);
  });

  it("one of several contradicting statements at once stays", async () => {
    const user = someone();
    await Promise.all(["Oslo", "Rome", "Paris", "Lima", "Cairo"].map((place) => user.says(`I live in ${place}.`)));
    expect(await user.contents()).toHaveLength(1);
  });

  it("what the user wrote themselves is not replaced", async () => {
    const user = someone();
    const now = user.dependencies.clock.now();
    const own = newMemory({ memoryId: ids.next("mem"), userId: user.userId, content: "Lives in Oslo", now });
    await user.dependencies.memories.upsert({ memory: own, changes: {}, now });
    user.pass(60);
    await user.says("I live in Rome");
    expect(await user.contents()).toEqual(["Lives in Oslo", "The user lives in Rome"]);
  });

  it("what is to be forgotten goes, and nothing else, of nobody else", async () => {
    const [user, other] = [someone(), someone()];
    for (const each of [user, other]) await each.says("My name is Ada. I live in Paris. I like jazz.");
    expect((await user.says("Please forget that I live in Paris.")).forgotten).toHaveLength(1);
    expect(await user.contents()).toEqual(["The user likes jazz", "The user's name is Ada"]);
    expect((await user.says("Forget that I live in Rome.")).forgotten).toEqual([]);
    expect((await user.says("forget my name")).forgotten.map(({ content }) => content)).toEqual([
      "The user's name is Ada",
    ]);
    expect(await user.contents()).toEqual(["The user likes jazz"]);
    expect(await other.contents()).toHaveLength(3);
  });

  it("nothing is taken or removed when the user has switched memory off", async () => {
    const user = someone();
    await user.says("I like jazz.");
    await user.sets({ memory_enabled: false });
    await user.says("My name is Ada. Forget that I like jazz.");
    expect(await user.contents()).toEqual(["The user likes jazz"]);
    await user.sets({ memory_enabled: true });
    await user.says("My name is Ada.");
    expect(await user.contents()).toEqual(["The user likes jazz", "The user's name is Ada"]);
  });

  it("a failure is logged and does not reach the turn", async () => {
    const user = someone();
    const broken = { ...user.dependencies.memories, upsert: () => Promise.reject(new Error("away")) };
    const input = { userId: user.userId, conversationId, userText: "My name is Ada." };
    const result = await extractMemories({ ...user.dependencies, memories: broken }, input);
    expect(result).toEqual({ stored: [], forgotten: [] });
    expect(user.warnings).toMatchObject([{ conversationId, error: { message: "away" } }]);
    expect(JSON.stringify(user.warnings)).not.toContain("Ada");
  });

  it("secrets are in no memory", async () => {
    const user = someone();
    await user.says("My name is Ada. Remember that my password is hunter2. My card is 4242 4242 4242 4242.");
    expect(await user.contents()).toEqual(["The user's name is Ada"]);
  });
});

describe("recall", () => {
  it("is one query, and brings what fits", async () => {
    const user = someone();
    await user.says("I'm allergic to peanuts. I like jazz. My dog is called Rex.");
    context().sent.splice(0);
    expect(await user.recalls("What do dogs eat?")).toEqual([
      "The user's dog is called Rex",
      "The user is allergic to peanuts",
    ]);
    expect(context().sent.map(({ name }) => name)).toEqual(["find"]);
    expect(await someone().recalls("What do dogs eat?")).toEqual([]);
  });

  it("leaves out what has expired", async () => {
    const user = someone();
    const now = user.dependencies.clock.now();
    const memory = newMemory({
      memoryId: ids.next("mem"),
      userId: user.userId,
      content: "Is in Rome this week",
      importance: 10,
      expiresAt: new Date(now.getTime() + 60_000),
      now,
    });
    await user.dependencies.memories.upsert({ memory, changes: {}, now });
    expect(await user.recalls("Rome")).toEqual(["Is in Rome this week"]);
    user.pass(60);
    expect(await user.recalls("Rome")).toEqual([]);
  });
});

describe("a model's tool", () => {
  it("stores a fact, once", async () => {
    const user = someone();
    const first = await user.remembers("  The user plays the cello ", { type: "preference", importance: 4 });
    expect(first).toMatchObject({
      isNew: true,
      memory: { content: "The user plays the cello", memory_type: "preference", importance: 4, source: "tool" },
    });
    const again = await user.remembers("the user plays the CELLO.", { importance: 9 });
    expect(again).toMatchObject({ isNew: false, memory: { _id: first.memory._id, importance: 9 } });
    await user.remembers("The user plays the cello", { importance: 2 });
    expect(await user.all()).toMatchObject([{ importance: 9 }]);
    expect((await user.remembers("The user plays the flute")).memory).toMatchObject({
      memory_type: "fact",
      importance: 6,
      conversation_id: conversationId,
    });
  });

  it.each<[string, { importance?: number }, string]>([
    [" ", {}, "validation_failed"],
    ["x".repeat(2_001), {}, "validation_failed"],
    ["x", { importance: 0 }, "validation_failed"],
    ["x", { importance: 2.5 }, "validation_failed"],
    ["The user's password is hunter2", {}, "unprocessable"],
  ])("is refused %.20j %j", async (content, more, code) => {
    const user = someone();
    expect(await rejection(user.remembers(content, more))).toMatchObject({ code });
    expect(await user.all()).toEqual([]);
  });

  it("is refused when the user has switched memory off", async () => {
    const user = someone();
    await user.sets({ memory_enabled: false });
    expect(await rejection(user.remembers("x"))).toMatchObject({ code: "unprocessable" });
    expect(await user.all()).toEqual([]);
  });

  it("is refused when the user has as many memories as they may", async () => {
    const user = someone();
    const now = user.dependencies.clock.now();
    const documents = times(maxMemories, (index) =>
      newMemory({ memoryId: ids.next("mem"), userId: user.userId, content: `Number ${index}`, now }),
    );
    await context()
      .database.collection<Memory>("chatbot_memory")
      .run((collection) => collection.insertMany(documents));
    expect(await rejection(user.remembers("One more"))).toMatchObject({ code: "unprocessable" });
    expect((await user.remembers("number 7")).isNew).toBe(false);
    expect(await user.says("My name is Ada.")).toEqual({ stored: [], forgotten: [] });
    expect(user.warnings).toHaveLength(1);
  });
});
