import { beforeAll, describe, expect, it } from "vitest";
import { createAdminAccounts } from "../../../src/database/admin-accounts.ts";
import { createAuditLogs } from "../../../src/database/audit-logs.ts";
import { createConversations } from "../../../src/database/conversations.ts";
import { createLedger } from "../../../src/database/credit-ledger.ts";
import { createErasures } from "../../../src/database/erasure-reports.ts";
import { createGallery } from "../../../src/database/gallery.ts";
import { createGenerationWebhooks } from "../../../src/database/generation-webhooks.ts";
import { createGenerations } from "../../../src/database/generations.ts";
import { createIdempotencyKeys } from "../../../src/database/idempotency-keys.ts";
import { createImages } from "../../../src/database/images.ts";
import { createMessages } from "../../../src/database/messages.ts";
import { createRateLimits } from "../../../src/database/rate-limits.ts";
import { createSessions } from "../../../src/database/sessions.ts";
import { createUsageLogs } from "../../../src/database/usage-logs.ts";
import { createUsers } from "../../../src/database/users.ts";
import { newConversation } from "../../../src/domain/conversation.ts";
import { newStreamingAnswer, newUserMessage } from "../../../src/domain/message.ts";
import { parseSearchQuery } from "../../../src/domain/search.ts";
import { newGuest } from "../../../src/domain/user.ts";
import { expectIndexed, explainQueries } from "./explained.ts";
import { at, newGeneration, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const database = () => context().database;
const limit = 20;

/** Many documents of several users, so that a plan that looks at too many shows. */
const userIds = times(5, () => newId("user"));
const userId = userIds[0] ?? "";
const conversationIds = times(200, () => newId("conv"));
const conversationId = conversationIds[0] ?? "";
const messageIds = times(300, () => newId("msg"));
const messageId = messageIds[150] ?? "";
const generations = times(200, (index) =>
  newGeneration({
    user_id: userIds[index % 5] ?? "",
    created_at: at(index),
    status: (["pending", "processing", "completed", "failed"] as const)[index % 4] ?? "pending",
    ...(index % 4 === 1 ? { lease: { owner: "w", until: at(index) } } : {}),
  }),
);
const generation = generations[160] ?? newGeneration();

beforeAll(async () => {
  const insert = (name: string, documents: readonly object[]) =>
    database()
      .collection(name)
      .run((collection) => collection.insertMany(documents.map((document) => ({ ...document }))));
  await insert(
    "users",
    userIds.map((id, index) => ({
      ...newGuest({ userId: id, now: start }),
      email: `${id}@example.com`,
      last_hold_at: at(index),
    })),
  );
  await insert(
    "conversations",
    conversationIds.map((id, index) => ({
      ...newConversation({ conversationId: id, userId: userIds[index % 5] ?? "", model: "m", now: at(index) }),
      status: (["active", "archived", "deleted"] as const)[index % 3],
    })),
  );
  await insert(
    "messages",
    messageIds.map((id, index) => {
      const input = { messageId: id, conversationId: conversationIds[index % 3] ?? "", userId, now: at(index) };
      return index % 10 === 0
        ? newStreamingAnswer({ ...input, previousMessageId: "msg_none", model: "m" })
        : newUserMessage({ ...input, content: "text" });
    }),
  );
  await insert("generations", generations);
  await insert(
    "credit_ledger",
    times(200, (index) => ({ _id: `chat:${index}`, user_id: userIds[index % 5], created_at: at(index) })),
  );
  await insert(
    "sessions",
    times(100, (index) => ({
      _id: newId("ses"),
      user_id: userIds[index % 5],
      family_id: `fam_${index}`,
      token_hash: `hash_${index}`,
      expires_at: at(1_000_000),
    })),
  );
  await insert(
    "usage_logs",
    times(200, (index) => ({ _id: newId("use"), user_id: userIds[index % 5], created_at: at(index), metadata: {} })),
  );
  await insert(
    "audit_logs",
    times(200, (index) => ({
      _id: newId("audit"),
      actor_id: userIds[index % 5],
      action: `job.${index % 7}`,
      target_id: userIds[index % 5],
      created_at: at(index),
    })),
  );
  await insert(
    "images",
    times(300, (index) => ({
      _id: newId("img"),
      user_id: userIds[index % 5],
      index: 0,
      generated: index % 2 === 0,
      tags: index % 3 === 0 ? ["sea", `t${index}`] : [],
      ...(index % 2 === 0 ? { conversation_id: conversationIds[0] } : {}),
      ...(index < 290 ? { phash: index.toString(16).padStart(16, "0") } : {}),
      service: "blob",
      prompt: "a lighthouse",
      created_at: at(index),
      updated_at: at(index),
    })),
  );
});

const explain = (action: () => Promise<unknown>) => explainQueries(context(), action);

const gallery = () => createGallery(database());
const users = () => createUsers(database());
const conversations = () => createConversations(database());
const messages = () => createMessages(database());
const jobs = () => createGenerations(database());
const keys = () => createIdempotencyKeys(database());

/** The second start finds what the first one left. */
async function startTwice(): Promise<void> {
  const input = { userId, key: "key", requestHash: "hash", allottedId: "gen_1" };
  for (const now of [start, at(60)]) {
    await keys().start({ ...input, now, lockedUntil: at(30), expiresAt: at(100) });
  }
}

const place = { at: at(100), id: conversationIds[100] ?? "" };

describe("queries of requests", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["users.findById", () => users().findById(userId)],
    ["users.findByEmail", () => users().findByEmail(`${userId}@example.com`)],
    ["users.update", () => users().update({ userId, changes: { full_name: "x" }, now: start })],
    ["users.holdCredits", () => users().holdCredits({ userId, resourceId: "gen_1", credits: 1, now: start })],
    ["users.extendHold", () => users().extendHold({ userId, resourceId: "gen_1", credits: 1 })],
    ["users.settleHold", () => users().settleHold({ userId, resourceId: "gen_1", costCredits: 1, now: start })],
    ["sessions.findByTokenHash", () => createSessions(database()).findByTokenHash("hash_7")],
    ["sessions.revokeFamily", () => createSessions(database()).revokeFamily({ familyId: "fam_7", now: start })],
    ["sessions.revokeAllOf", () => createSessions(database()).revokeAllOf({ userId, now: start })],
    [
      "sessions.revokeAllOf but one",
      () => createSessions(database()).revokeAllOf({ userId, exceptFamilyId: "fam_7", now: start }),
    ],
    ["sessions.listEnded", () => createSessions(database()).listEnded({ userId, since: start })],
    ["ledger.list", () => createLedger(database()).list({ userId, limit })],
    [
      "ledger.list, second page",
      () => createLedger(database()).list({ userId, after: { at: at(100), id: "x" }, limit }),
    ],
    ["conversations.find", () => conversations().find({ userId, conversationId })],
    ["conversations.exists", () => conversations().exists(conversationId)],
    ["conversations.list", () => conversations().list({ userId, limit })],
    ["conversations.list, second page", () => conversations().list({ userId, after: place, limit })],
    ["conversations.list by status", () => conversations().list({ userId, status: "archived", limit })],
    ["conversations.list by title", () => conversations().list({ userId, titleContains: "conv", limit })],
    [
      "conversations.update",
      () => conversations().update({ userId, conversationId, changes: { title: "x" }, now: start }),
    ],
    ["messages.find", () => messages().find({ userId, messageId })],
    ["messages.findHistory", () => messages().findHistory({ userId, conversationId, limit })],
    ["messages.findLastId", () => messages().findLastId({ userId, conversationId })],
    ["messages.findLastId, before one", () => messages().findLastId({ userId, conversationId, beforeId: messageId })],
    ["messages.list", () => messages().list({ userId, conversationId, includeSuperseded: false, limit })],
    [
      "messages.list, second page",
      () => messages().list({ userId, conversationId, includeSuperseded: true, afterId: messageId, limit }),
    ],
    ["messages.saveProgress", () => messages().saveProgress({ messageId, content: "x", now: start })],
    ["messages.requestStop", () => messages().requestStop({ userId, messageId, now: start })],
    ["messages.isStopRequested", () => messages().isStopRequested(messageId)],
    ["generations.find", () => jobs().find({ userId, generationId: generation._id })],
    ["generations.list", () => jobs().list({ userId, limit })],
    ["generations.list, second page", () => jobs().list({ userId, after: { at: at(100), id: "x" }, limit })],
    ["generations.list by status", () => jobs().list({ userId, status: "pending", limit })],
    ["generations.findRunnable", () => jobs().findRunnable({ userId, now: start, limit })],
    ["generations.cancel", () => jobs().cancel({ userId, generationId: generation._id, now: start })],
    ["images.find", () => createImages(database()).find({ userId, imageId: "img_none" })],
    ["images.findMany", () => createImages(database()).findMany(["img_none", "img_other"])],
    ["gallery.list", () => gallery().list({ userId, limit })],
    ["gallery.list, second page", () => gallery().list({ userId, after: { at: at(150), id: "img_x" }, limit })],
    ["gallery.list by tag", () => gallery().list({ userId, tag: "sea", limit })],
    ["gallery.list by origin", () => gallery().list({ userId, generated: true, limit })],
    ["gallery.list by conversation", () => gallery().list({ userId, conversationId, limit })],
    ["gallery.list by words", () => gallery().list({ userId, words: parseSearchQuery("lighthouse"), limit })],
    ["gallery.update", () => gallery().update({ userId, imageId: "img_none", changes: { caption: "x" }, now: start })],
    ["gallery.visitHashes", () => gallery().visitHashes({ userId, limit: 1_000 }, () => undefined)],
    ["gallery.findNamed", () => gallery().findNamed(["images/img_1.png", "images/img_none.png"])],
    ["gallery.countByConversation", () => gallery().countByConversation({ userId, conversationIds: [conversationId] })],
    ["gallery.uploadedOf", () => gallery().uploadedOf(userId)],
    ["gallery.usageOf", () => gallery().usageOf(userId)],
    ["idempotencyKeys.start, twice", () => startTwice()],
    ["idempotencyKeys.release", () => keys().release({ userId, key: "key" })],
    ["usageLogs.daily", () => createUsageLogs(database()).daily({ userId, from: start, to: at(limit) })],
    ["auditLogs.list", () => createAuditLogs(database()).list({ limit })],
    ["auditLogs.list by target", () => createAuditLogs(database()).list({ targetId: userId, after: place, limit })],
    ["auditLogs.list by action", () => createAuditLogs(database()).list({ action: "job.x", limit })],
    ["auditLogs.list by actor", () => createAuditLogs(database()).list({ actorId: userId, limit })],
    ["erasures.list", () => createErasures(database()).list({ limit })],
    ["adminAccounts.list", () => createAdminAccounts(database()).list({ limit })],
    [
      "adminAccounts.listExpiring",
      () => createAdminAccounts(database()).listExpiring({ from: start, to: at(100), limit }),
    ],
    [
      "rateLimits.count",
      () =>
        createRateLimits(database()).count({
          subject: userId,
          endpoint: "chat",
          windowSeconds: 60,
          weight: 1,
          now: start,
        }),
    ],
  ])("%s uses an index, sorts nothing in memory and looks at no more than a page too much", async (_name, action) => {
    const explained = await explain(action);
    expect(explained).not.toEqual([]);
    for (const query of explained) expectIndexed(query, limit + 1);
  });

  it("generations.countAhead counts in an index", async () => {
    const [explained] = await explain(() => jobs().countAhead(generation));
    expect(explained?.stages).toContain("IXSCAN");
    expect(explained?.stages).not.toContain("COLLSCAN");
  });
});

describe("queries of timers", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["users.findWithHolds", () => users().findWithHolds({ before: at(3), limit })],
    ["erasures.findPending", () => createErasures(database()).findPending({ limit })],
    ["messages.findDeadTurns", () => messages().findDeadTurns({ before: at(50), limit })],
    ["messages.findUnsettled", () => messages().findUnsettled({ before: at(50), limit })],
    ["generationWebhooks.findDue", () => createGenerationWebhooks(database()).findDue({ before: at(50), limit })],
    ["generations.findWaitingUsers", () => jobs().findWaitingUsers({ neverBefore: at(50), lastBefore: at(50), limit })],
    ["generations.findLapsed", () => jobs().findLapsed({ before: at(50), limit })],
    ["gallery.findUnhashed", () => gallery().findUnhashed(limit)],
    ["generations.findUnclosed", () => jobs().findUnclosed({ before: at(50), limit })],
  ])("%s uses an index and sorts nothing in memory", async (name, action) => {
    const explained = await explain(action);
    expect(explained).toHaveLength(1);
    for (const { query, stages } of explained) {
      const told = `${name}: ${JSON.stringify(query)} → ${stages.join(" ← ")}`;
      expect(stages, told).toContain("IXSCAN");
      expect(stages, told).not.toContain("COLLSCAN");
      expect(stages, told).not.toContain("SORT");
    }
  });
});
