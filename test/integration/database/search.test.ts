import { beforeAll, describe, expect, it } from "vitest";
import { createSearchIndex } from "../../../src/database/search.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import type { Image } from "../../../src/domain/image.ts";
import { type Message, newUserMessage } from "../../../src/domain/message.ts";
import { parseSearchQuery } from "../../../src/domain/search.ts";
import { explainQueries } from "./explained.ts";
import { at, newGeneration, newId, newImage, times, useDatabase } from "./support.ts";

const context = useDatabase();
const searchIndex = () => createSearchIndex(context().database);

const mine = newId("user");
const theirs = newId("user");
const [active, archived, deleted, foreign] = times(4, () => newId("conv")) as [string, string, string, string];

async function insert(name: string, documents: readonly object[]): Promise<void> {
  await context()
    .database.collection(name)
    .run((collection) => collection.insertMany(documents.map((document) => ({ ...document }))));
}

function message(conversationId: string, content: string, changes: Partial<Message> = {}): Message {
  const userId = conversationId === foreign ? theirs : mine;
  const input = { messageId: newId("msg"), conversationId, userId, previousMessageId: null, now: at(1), content };
  return { ...newUserMessage(input), ...changes };
}

const storm = message(active, "A storm over the sea");
const accented = message(archived, "Un café près de la MER (a.*b)");
const long = message(active, `${"filler ".repeat(1_000)} needle`);
const pictured = message(active, "Here it is", { role: "assistant", metadata: { prompt: "violet mountain" } });

beforeAll(async () => {
  const conversation = (id: string, userId: string, changes: object, seconds: number) => ({
    ...newConversation({ conversationId: id, userId, model: "m", now: at(seconds) }),
    ...changes,
  });
  await insert("conversations", [
    conversation(active, mine, { title: "Weather" }, 1),
    conversation(archived, mine, { title: "Voyage à la mer", status: "archived" }, 2),
    conversation(deleted, mine, { title: "Weather, deleted", status: "deleted" }, 3),
    conversation(foreign, theirs, { title: "Weather of others" }, 4),
  ]);
  await insert("messages", [
    storm,
    accented,
    long,
    pictured,
    message(active, "A storm that was replaced", { superseded: true }),
    message(active, "A storm of the system", { role: "system" }),
    message(deleted, "A storm that is deleted"),
    message(foreign, "A storm of somebody else"),
  ]);
  const generation = newGeneration({ user_id: mine, conversation_id: active });
  await insert("generations", [generation, newGeneration({ user_id: theirs, conversation_id: foreign })]);
  await insert("images", [
    newImage({ user_id: mine, _id: "img_prompt", prompt: "a violet storm", generation_id: generation._id }),
    newImage({ user_id: mine, _id: "img_caption", caption: "Storm in a cup" }),
    newImage({ user_id: mine, _id: "img_tags", tags: ["nature", "storm"] }),
    newImage({ user_id: mine, _id: "img_gone", prompt: "storm", deleted_at: at(2) }),
    newImage({ _id: "img_theirs", prompt: "storm", user_id: theirs }),
  ]);
});

const ids = (documents: readonly { _id: string }[]) => documents.map(({ _id }) => _id);

async function find(q: string, mode: "all" | "any" = "any", conversationIds = [active, archived]): Promise<string[]> {
  const query = parseSearchQuery(q);
  return ids(await searchIndex().matchMessages({ userId: mine, query, conversationIds, mode, limit: 10 }));
}

describe("messages", () => {
  it.each([
    ["any of the terms, newest first", "storm mer", "any", [accented._id, storm._id]],
    ["all of the terms", "storm sea", "all", [storm._id]],
    ["all of the terms, none in one message", "storm mer", "all", []],
    ["without diacritics and case", "CAFE près", "all", [accented._id]],
    ["a phrase", '"over the sea"', "any", [storm._id]],
    ["without what is unwanted", "storm -sea", "any", []],
    ["without an unwanted phrase", 'storm -"calm sea"', "any", [storm._id]],
    ["a pattern as plain text", "(a.*b)", "any", [accented._id]],
    ["beyond the part that is ranked", "needle", "any", [long._id]],
    ["a picture's prompt", "violet", "any", [pictured._id]],
  ] as const)("are found: %s", async (_name, q, mode, expected) => {
    expect(await find(q, mode)).toEqual(expected);
  });

  it("are of one user, whatever conversations are asked for", async () => {
    expect(await find("storm", "any", [active, foreign])).toEqual([storm._id]);
  });

  it("come with the beginning of their text only, and whole when read", async () => {
    const query = parseSearchQuery("needle");
    const input = { userId: mine, query, conversationIds: [active], mode: "any" as const, limit: 10 };
    const [found] = await searchIndex().matchMessages(input);
    expect(found?.text).toHaveLength(2_000);
    expect(found?.prompt).toBe("");
    const [whole] = await searchIndex().readTexts({ userId: mine, messageIds: [long._id] });
    expect(whole?.text).toBe(long.text);
    expect(await searchIndex().readTexts({ userId: theirs, messageIds: [long._id] })).toEqual([]);
  });

  it("are found by the text index with the same conditions", async () => {
    const byIndex = async (q: string) =>
      ids(await searchIndex().matchMessagesByIndex({ userId: mine, query: parseSearchQuery(q), limit: 10 }));
    expect(await byIndex("storm -deleted")).toEqual([storm._id]);
    expect(await byIndex('"over the sea"')).toEqual([storm._id]);
    expect(await byIndex("violet")).toEqual([pictured._id]);
    expect(await byIndex("...")).toEqual([]);
  });

  it("are looked for through an index on their conversation", async () => {
    const [explained] = await explainQueries(context(), () => find("storm"));
    expect(explained?.stages).toContain("IXSCAN");
    expect(explained?.stages).not.toContain("COLLSCAN");
    // Those of the user's two conversations, and none of anybody else.
    expect(explained?.examined).toBeLessThanOrEqual(6);
  });
});

describe("conversations", () => {
  it("are listed newest activity first, without deleted ones", async () => {
    expect(ids(await searchIndex().listConversations({ userId: mine, limit: 10 }))).toEqual([archived, active]);
    expect(ids(await searchIndex().listConversations({ userId: mine, limit: 1 }))).toEqual([archived]);
  });

  it("are found by their title", async () => {
    const titles = async (q: string) =>
      ids(await searchIndex().matchTitles({ userId: mine, query: parseSearchQuery(q), limit: 10 }));
    expect(await titles("weather mer")).toEqual([archived, active]);
    expect(await titles("voyage -mer")).toEqual([]);
  });

  it("are found by their ids only by their owner and while they are there", async () => {
    const conversationIds = [active, archived, deleted, foreign];
    const found = await searchIndex().findConversations({ userId: mine, conversationIds });
    expect(ids(found).sort()).toEqual([active, archived].sort());
  });
});

describe("pictures", () => {
  it("are found by prompt, caption and tags", async () => {
    const images = async (q: string, mode: "all" | "any") =>
      ids(await searchIndex().matchImages({ userId: mine, query: parseSearchQuery(q), mode, limit: 10 })).sort();
    expect(await images("storm", "any")).toEqual(["img_caption", "img_prompt", "img_tags"]);
    expect(await images("storm nature", "all")).toEqual(["img_tags"]);
    expect(await images("storm -violet", "any")).toEqual(["img_caption", "img_tags"]);
  });

  it("are placed by their generation", async () => {
    const { generation_id: generationId = "" } =
      (await context()
        .database.collection<Image>("images")
        .run((collection) => collection.findOne({ _id: "img_prompt" }))) ?? {};
    const placed = (userId: string) =>
      searchIndex().conversationsOfGenerations({ userId, generationIds: [generationId] });
    expect([...(await placed(mine))]).toEqual([[generationId, active]]);
    expect([...(await placed(theirs))]).toEqual([]);
  });
});
