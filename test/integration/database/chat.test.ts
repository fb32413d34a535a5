import { describe, expect, it } from "vitest";
import { createConversations } from "../../../src/database/conversations.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { type Conversation, newConversation } from "../../../src/domain/conversation.ts";
import { type Message, newGenerationMessage, newStreamingAnswer, newUserMessage } from "../../../src/domain/message.ts";
import { at, newId, rejection, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const conversations = () => createConversations(context().database);
const messages = () => createMessages(context().database);

function conversationOf(userId: string, changes: Partial<Conversation> = {}): Conversation {
  return { ...newConversation({ conversationId: newId("conv"), userId, model: "m", now: start }), ...changes };
}

async function insertConversation(userId: string, changes: Partial<Conversation> = {}): Promise<Conversation> {
  const conversation = conversationOf(userId, changes);
  await conversations().insert(conversation);
  return conversation;
}

describe("conversations", () => {
  it("are found by their owner, and exist for all", async () => {
    const conversation = await insertConversation("user_a");
    const conversationId = conversation._id;
    expect(await conversations().find({ userId: "user_a", conversationId })).toEqual(conversation);
    expect(await conversations().find({ userId: "user_b", conversationId })).toBeNull();
    expect(await conversations().exists(conversationId)).toBe(true);
    expect(await conversations().exists("conv_none")).toBe(false);
  });

  it("are inserted once under one id", async () => {
    const conversation = conversationOf("user_a", { title: "first" });
    await Promise.all(times(5, () => conversations().insertIfAbsent(conversation)));
    await conversations().insertIfAbsent({ ...conversation, title: "second" });
    const found = await conversations().find({ userId: "user_a", conversationId: conversation._id });
    expect(found?.title).toBe("first");
  });

  it("change for their owner, with the mirror of the status", async () => {
    const { _id: conversationId } = await insertConversation("user_a");
    const update = (userId: string, changes: Parameters<ReturnType<typeof conversations>["update"]>[0]["changes"]) =>
      conversations().update({ userId, conversationId, changes, now: at(1) });

    expect(await update("user_a", { title: "new", status: "archived" })).toMatchObject({
      title: "new",
      status: "archived",
      is_archived: true,
      updated_at: at(1),
      last_message_at: start,
    });
    expect(await update("user_a", { is_archived: false })).toMatchObject({ status: "active", is_archived: false });
    expect(await update("user_b", { title: "stolen" })).toBeNull();
  });

  it("are deleted and restored once each, and do not change while deleted", async () => {
    const { _id: conversationId } = await insertConversation("user_a");
    const set = (isDeleted: boolean, userId = "user_a") =>
      conversations().setDeleted({ userId, conversationId, isDeleted, now: at(2) });

    expect(await set(true, "user_b")).toBeNull();
    expect(await set(false)).toBeNull();
    expect(await set(true)).toMatchObject({ status: "deleted", deleted_at: at(2) });
    expect(await set(true)).toBeNull();
    const changes = { title: "no" };
    expect(await conversations().update({ userId: "user_a", conversationId, changes, now: at(3) })).toBeNull();
    const restored = await set(false);
    expect(restored).toMatchObject({ status: "active", is_archived: false });
    expect(restored).not.toHaveProperty("deleted_at");
  });

  it("count each turn once, also when it is counted many times at once", async () => {
    const { _id: conversationId } = await insertConversation("user_a");
    const add = (turnId: string, now: Date) =>
      conversations().addTurn({ conversationId, turnId, messages: 2, tokens: 10, costUsd: 0.5, now });
    await Promise.all(times(30, (index) => add(`turn_${index % 3}`, at(5))));
    await add("turn_0", at(60));
    await add("turn_late", at(1));
    expect(await conversations().find({ userId: "user_a", conversationId })).toMatchObject({
      total_messages: 8,
      total_tokens: 40,
      estimated_cost: 2,
      last_message_at: at(5),
    });
  });

  it("remember the newest fifty turns", async () => {
    const { _id: conversationId } = await insertConversation("user_a");
    for (const index of times(60, (each) => each)) {
      await conversations().addTurn({
        conversationId,
        turnId: `turn_${index}`,
        messages: 1,
        tokens: 0,
        costUsd: 0,
        now: start,
      });
    }
    const found = await conversations().find({ userId: "user_a", conversationId });
    expect(found?.counted_turns).toEqual(times(50, (index) => `turn_${index + 10}`));
    expect(found?.total_messages).toBe(60);
  });
});

describe("the list of conversations", () => {
  const idsOf = (page: { items: readonly { _id: string }[] }) => page.items.map((item) => item._id);

  it("pages through all but the deleted, newest first, each once, in spite of equal dates", async () => {
    const userId = newId("user");
    const all = [];
    for (const index of times(23, (each) => each)) {
      const status = (["active", "archived", "deleted"] as const)[index % 3] ?? "active";
      all.push(await insertConversation(userId, { status, last_message_at: at(Math.floor(index / 6)) }));
    }
    await insertConversation(newId("user"));
    const expected = all
      .filter((conversation) => conversation.status !== "deleted")
      .sort((a, b) => b.last_message_at.getTime() - a.last_message_at.getTime() || (a._id < b._id ? 1 : -1))
      .map((conversation) => conversation._id);

    const seen: string[] = [];
    let position: { at: Date; id: string } | undefined;
    for (;;) {
      const page = await conversations().list({ userId, after: position, limit: 4 });
      seen.push(...idsOf(page));
      const last = page.items.at(-1);
      if (!page.hasMore || last === undefined) break;
      expect(page.items).toHaveLength(4);
      position = { at: last.last_message_at, id: last._id };
    }
    expect(seen).toEqual(expected);
  });

  it("is stable when something newer comes between two pages", async () => {
    const userId = newId("user");
    const old = [];
    for (const index of times(4, (each) => each))
      old.push(await insertConversation(userId, { last_message_at: at(-index) }));
    const first = await conversations().list({ userId, limit: 2 });
    await insertConversation(userId, { last_message_at: at(100) });
    const last = first.items.at(-1);
    if (last === undefined) throw new Error("the first page is empty");
    const second = await conversations().list({ userId, after: { at: last.last_message_at, id: last._id }, limit: 2 });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(old.map((conversation) => conversation._id));
    expect(second.hasMore).toBe(false);
  });

  it("shows one status when asked for it", async () => {
    const userId = newId("user");
    await insertConversation(userId);
    const archived = await insertConversation(userId, { status: "archived" });
    const deleted = await insertConversation(userId, { status: "deleted" });
    expect(idsOf(await conversations().list({ userId, status: "archived", limit: 5 }))).toEqual([archived._id]);
    expect(idsOf(await conversations().list({ userId, status: "deleted", limit: 5 }))).toEqual([deleted._id]);
  });

  it("finds a part of a title in any case, and takes no part of it for a pattern", async () => {
    const userId = newId("user");
    const plain = await insertConversation(userId, { title: "A Lighthouse at Night" });
    const special = await insertConversation(userId, { title: "Is 1+1 = 2? (yes) [a] \\ ^$ {x|y}" });
    const find = async (titleContains: string) =>
      idsOf(await conversations().list({ userId, titleContains, limit: 5 }));
    expect(await find("lightHOUSE")).toEqual([plain._id]);
    expect(await find("1+1 = 2? (yes) [a] \\ ^$ {x|y}")).toEqual([special._id]);
    expect(await find(".*")).toEqual([]);
    expect(await find("^A")).toEqual([]);
  });
});

function turn(userId: string, conversationId: string): { question: Message; answer: Message } {
  const question = newUserMessage({ messageId: newId("msg"), conversationId, userId, now: start, content: "why?" });
  const answer = newStreamingAnswer({
    messageId: newId("msg"),
    conversationId,
    userId,
    now: start,
    previousMessageId: question._id,
    model: "m",
  });
  return { question, answer };
}

async function insertTurn(userId = newId("user"), conversationId = newId("conv")) {
  const made = turn(userId, conversationId);
  await messages().insertMany([made.question, made.answer]);
  return { ...made, userId, conversationId };
}

const finishing = (messageId: string) =>
  messages().finish({
    messageId,
    status: "complete",
    content: "because",
    isStopped: false,
    metadata: { tokens: 7, finish_reason: "stop" },
    settlement: { cost_credits: 1, tokens: 7, cost_usd: 0.01 },
    now: at(4),
  });

describe("messages", () => {
  it("are found by their owner, and exist for all", async () => {
    const { question, userId } = await insertTurn();
    expect(await messages().find({ userId, messageId: question._id })).toEqual(question);
    expect(await messages().find({ userId: "user_other", messageId: question._id })).toBeNull();
    expect(await messages().exists(question._id)).toBe(true);
    expect(await messages().exists("msg_none")).toBe(false);
  });

  it("that are there stay, and the others of the same insert come in", async () => {
    const { question, answer, userId, conversationId } = await insertTurn();
    const more = turn(userId, conversationId);
    await messages().insertMany([{ ...question, content: "changed" }, more.question, answer, more.answer]);
    const page = await messages().list({ userId, conversationId, includeSuperseded: true, limit: 10 });
    expect(page.items.map((message) => message._id)).toEqual([
      question._id,
      answer._id,
      more.question._id,
      more.answer._id,
    ]);
    expect(page.items[0]?.content).toBe("why?");
    await messages().insertMany([]);
  });

  it("in the place of others are no repeats of them", async () => {
    const { question, answer } = await insertTurn();
    const elsewhere = { ...turn(newId("user"), newId("conv")).question, _id: answer._id };
    expect(await rejection(messages().insertMany([elsewhere]))).toMatchObject({ code: 11_000 });
    expect(await rejection(messages().insertMany([{ ...question, _id: answer._id }]))).toMatchObject({ code: 11_000 });
  });

  it("of one generation are one, and a second under another id is refused", async () => {
    const generationId = newId("gen");
    const message = newGenerationMessage({
      messageId: newId("msg"),
      conversationId: newId("conv"),
      userId: "user_a",
      now: start,
      content: "done",
      images: [],
      metadata: { generation_id: generationId },
    });
    await Promise.all(times(4, () => messages().insertMany([message])));
    expect(await messages().exists(message._id)).toBe(true);
    expect(await rejection(messages().insertMany([{ ...message, _id: newId("msg") }]))).toMatchObject({ code: 11_000 });
  });
});

describe("the list and the history of messages", () => {
  it("pages from the oldest to the newest, with superseded versions only when asked", async () => {
    const { userId, conversationId } = await insertTurn();
    for (const _unused of times(3, () => null)) await insertTurn(userId, conversationId);
    const old = turn(userId, conversationId).question;
    await messages().insertMany([{ ...old, superseded: true }]);
    await insertTurn(userId);

    const list = (includeSuperseded: boolean, afterId?: string) =>
      messages().list({ userId, conversationId, includeSuperseded, afterId, limit: 5 });
    const first = await list(false);
    expect(first).toMatchObject({ hasMore: true });
    const second = await list(false, first.items.at(-1)?._id);
    const ids = [...first.items, ...second.items].map((message) => message._id);
    expect(ids).toHaveLength(8);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(second.hasMore).toBe(false);
    const withOld = await list(true, first.items.at(-1)?._id);
    expect(withOld.items.map((message) => message._id)).toContain(old._id);
    expect(await messages().list({ userId: "user_x", conversationId, includeSuperseded: true, limit: 5 })).toEqual({
      items: [],
      hasMore: false,
    });
  });

  it("is made of what was said: nothing failed, empty, superseded or still streaming", async () => {
    const { question, answer, userId, conversationId } = await insertTurn();
    await finishing(answer._id);
    const blank = () => turn(userId, conversationId).question;
    const failed: Message = { ...blank(), status: "failed" };
    const interrupted: Message = { ...blank(), role: "assistant", is_stopped: true, content: "half" };
    const empty: Message = { ...blank(), content: "" };
    const superseded: Message = { ...blank(), superseded: true };
    await messages().insertMany([failed, interrupted, empty, superseded]);
    await insertTurn(userId, conversationId);

    const history = await messages().findHistory({ userId, conversationId, limit: 10 });
    expect(history.map((message) => message._id).slice(1)).toEqual([interrupted._id, answer._id, question._id]);
    expect(await messages().findHistory({ userId, conversationId, limit: 2 })).toHaveLength(2);
    expect(await messages().findHistory({ userId: "user_x", conversationId, limit: 2 })).toEqual([]);
  });
});

describe("an answer that streams", () => {
  it("keeps what is written so far and shows life", async () => {
    const { answer, userId } = await insertTurn();
    const progress = { messageId: answer._id, content: "so far", now: at(2) };
    expect(await messages().saveProgress(progress)).toEqual({ isStopRequested: false });
    expect(await messages().find({ userId, messageId: answer._id })).toMatchObject({
      content: "so far",
      heartbeat_at: at(2),
      status: "streaming",
    });
  });

  it("hears of a stop at its next progress, asked for by its owner only", async () => {
    const { answer, userId } = await insertTurn();
    const stop = (asker: string) => messages().requestStop({ userId: asker, messageId: answer._id, now: at(1) });
    expect(await stop("user_other")).toBeNull();
    expect(await messages().isStopRequested(answer._id)).toBe(false);
    expect(await stop(userId)).toMatchObject({ _id: answer._id, stop_requested_at: at(1) });
    expect(await messages().isStopRequested(answer._id)).toBe(true);
    const progress = { messageId: answer._id, content: "x", now: at(2) };
    expect(await messages().saveProgress(progress)).toEqual({ isStopRequested: true });
    expect(await messages().isStopRequested("msg_none")).toBe(false);
  });

  it("ends once, with its metadata merged, and cannot be written or stopped afterwards", async () => {
    const { answer, userId } = await insertTurn();
    const results = await Promise.all(times(8, () => finishing(answer._id)));
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await messages().find({ userId, messageId: answer._id })).toMatchObject({
      status: "complete",
      content: "because",
      text: "because",
      is_open: true,
      metadata: { model: "m", tokens: 7, finish_reason: "stop" },
      settlement: { cost_credits: 1, tokens: 7, cost_usd: 0.01 },
      updated_at: at(4),
    });
    expect(await messages().saveProgress({ messageId: answer._id, content: "late", now: at(5) })).toBeNull();
    expect(await messages().requestStop({ userId, messageId: answer._id, now: at(5) })).toBeNull();
  });
});

describe("what the timers look for", () => {
  it("finds answers whose writer died, and ended ones that are not settled", async () => {
    // Far in the past, so that the answers of other tests are not among them.
    const past = new Date("2020-01-01T00:00:00Z");
    const later = new Date("2020-01-02T00:00:00Z");
    const { answer, userId, conversationId } = turnAt(past);
    const { answer: second } = turnAt(new Date(past.getTime() - 1_000));
    await messages().insertMany([answer, second]);
    const dead = async () =>
      (await messages().findDeadTurns({ before: later, limit: 5 })).map((message) => message._id);
    const unsettled = async () =>
      (await messages().findUnsettled({ before: later, limit: 5 })).map((message) => message._id);

    expect(await dead()).toEqual([second._id, answer._id]);
    expect(await messages().findDeadTurns({ before: later, limit: 1 })).toHaveLength(1);
    await messages().saveProgress({ messageId: second._id, content: "alive", now: start });
    expect(await dead()).toEqual([answer._id]);
    expect(await unsettled()).toEqual([]);

    await messages().markSettled(answer._id);
    expect(await dead()).toEqual([answer._id]);
    await messages().finish({
      messageId: answer._id,
      status: "failed",
      content: "",
      isStopped: false,
      metadata: { error_code: "interrupted" },
      settlement: { cost_credits: 0, tokens: 0, cost_usd: 0 },
      now: past,
    });
    expect(await dead()).toEqual([]);
    expect(await unsettled()).toEqual([answer._id]);

    await messages().markSettled(answer._id);
    expect(await unsettled()).toEqual([]);
    expect(await messages().find({ userId, messageId: answer._id })).not.toHaveProperty("is_open");
    expect((await messages().list({ userId, conversationId, includeSuperseded: false, limit: 5 })).items).toHaveLength(
      1,
    );
  });

  function turnAt(now: Date) {
    const userId = newId("user");
    const conversationId = newId("conv");
    const answer = newStreamingAnswer({
      messageId: newId("msg"),
      conversationId,
      userId,
      now,
      previousMessageId: "msg_none",
      model: "m",
    });
    return { answer, userId, conversationId };
  }
});
