import { expect, it } from "vitest";
import { createConversations } from "../../../src/database/conversations.ts";
import { createFiles } from "../../../src/database/files.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import { newUserMessage } from "../../../src/domain/message.ts";
import { archiveAndPurge } from "../../../src/operations/upkeep/archive-and-purge.ts";
import { createIds } from "../../../src/platform/ids.ts";
import type { BlobStorage } from "../../../src/ports/storage.ts";
import { silentLogger, useDatabase } from "../database/support.ts";

const context = useDatabase();
const ids = createIds();
const now = new Date("2026-06-30T12:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

async function setUp() {
  const { database } = context();
  const conversations = createConversations(database);
  const messages = createMessages(database);
  const userId = ids.next("user");
  const add = async (lastActivity: Date, deletedAt?: Date) => {
    const conversationId = ids.next("conv");
    await conversations.insert(newConversation({ conversationId, userId, model: "fake", now: lastActivity }));
    await messages.insertMany([
      newUserMessage({ messageId: ids.next("msg"), conversationId, userId, content: "Hello", now: lastActivity }),
    ]);
    if (deletedAt !== undefined) {
      await conversations.setDeleted({ userId, conversationId, isDeleted: true, now: deletedAt });
    }
    return conversationId;
  };
  const run = (archiveAfterDays?: number) =>
    archiveAndPurge({
      conversations,
      messages,
      files: createFiles(database),
      blobs: { remove: async () => undefined } as unknown as BlobStorage,
      clock: { now: () => now, sleep: async () => undefined },
      logger: silentLogger,
      archiveAfterDays,
      purgeAfterDays: 30,
    });
  const messagesOf = async (conversationId: string) =>
    (await messages.list({ userId, conversationId, includeSuperseded: true, limit: 10 })).items.length;
  return { conversations, userId, add, run, messagesOf };
}

it("removes what was deleted long enough ago, with its messages, and nothing else", async () => {
  const { conversations, userId, add, run, messagesOf } = await setUp();
  const old = await add(daysAgo(60), daysAgo(31));
  const recent = await add(daysAgo(60), daysAgo(29));
  const active = await add(daysAgo(60));
  expect(await run()).toMatchObject({ purged: 1, archived: 0 });
  expect(await conversations.find({ userId, conversationId: old })).toBeNull();
  expect(await messagesOf(old)).toBe(0);
  for (const kept of [recent, active]) {
    expect(await conversations.find({ userId, conversationId: kept })).not.toBeNull();
    expect(await messagesOf(kept)).toBe(1);
  }
  expect(await run()).toMatchObject({ purged: 0 });
});

it("keeps one that was restored in time", async () => {
  const { conversations, userId, add, run } = await setUp();
  const conversationId = await add(daysAgo(90), daysAgo(60));
  await conversations.setDeleted({ userId, conversationId, isDeleted: false, now: daysAgo(1) });
  expect(await run()).toMatchObject({ purged: 0 });
  expect((await conversations.find({ userId, conversationId }))?.status).toBe("active");
});

it("archives what was quiet for long, only where that is asked for", async () => {
  const { conversations, userId, add, run } = await setUp();
  const quiet = await add(daysAgo(200));
  const lively = await add(daysAgo(2));
  await run();
  expect((await conversations.find({ userId, conversationId: quiet }))?.status).toBe("active");
  expect((await run(180)).archived).toBeGreaterThanOrEqual(1);
  expect(await conversations.find({ userId, conversationId: quiet })).toMatchObject({
    status: "archived",
    is_archived: true,
  });
  expect((await conversations.find({ userId, conversationId: lively }))?.status).toBe("active");
});
