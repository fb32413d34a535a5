import { beforeAll, describe, expect, it } from "vitest";
import { createMemories } from "../../../src/database/memories.ts";
import { createUserSettings } from "../../../src/database/user-settings.ts";
import { type Memory, newMemory } from "../../../src/domain/memory.ts";
import { expectIndexed, explainQueries } from "./explained.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const memories = () => createMemories(context().database);
const settings = () => createUserSettings(context().database);

function memory(changes: Partial<Parameters<typeof newMemory>[0]> = {}): Memory {
  return newMemory({
    memoryId: newId("mem"),
    userId: newId("user"),
    content: newId("content"),
    now: start,
    ...changes,
  });
}

async function insert(documents: readonly Memory[]): Promise<void> {
  await context()
    .database.collection<Memory>("chatbot_memory")
    .run((collection) => collection.insertMany([...documents]));
}

describe("memories", () => {
  it("of one content are one document, however many store it at once", async () => {
    const userId = newId("user");
    const results = await Promise.all(
      times(20, (index) =>
        memories().upsert({
          memory: memory({ userId, content: "Likes tea", importance: 2 }),
          changes: { importanceAtLeast: index % 10 },
          now: start,
        }),
      ),
    );
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await memories().count({ userId, upTo: 100 })).toBe(1);
    const [stored] = (await memories().list({ userId, limit: 10, now: start })).items;
    expect(stored?.importance).toBeGreaterThanOrEqual(8);
  });

  it("that have expired make room for the same content, however many store it at once", async () => {
    const userId = newId("user");
    const expired = memory({ userId, content: "Likes tea", expiresAt: at(10) });
    await memories().upsert({ memory: expired, changes: {}, now: start });
    const results = await Promise.all(
      times(10, () =>
        memories().upsert({ memory: memory({ userId, content: "likes tea" }), changes: {}, now: at(10) }),
      ),
    );
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(results.map((result) => result.memory._id)).size).toBe(1);
    expect(results[0]?.memory._id).not.toBe(expired._id);
  });

  it("that have expired are not there for anything", async () => {
    const stored = memory({ expiresAt: at(10), tags: ["t"] });
    const { user_id: userId, _id: memoryId } = stored;
    await insert([stored]);
    const looks = async (now: Date) => [
      (await memories().find({ userId, memoryId, now })) !== null,
      await memories().exists({ memoryId, now }),
      (await memories().list({ userId, tag: "t", limit: 10, now })).items.length === 1,
      (await memories().findMostImportant({ userId, limit: 10, now })).length === 1,
    ];
    expect(await looks(at(9))).toEqual([true, true, true, true]);
    expect(await looks(at(10))).toEqual([false, false, false, false]);
    expect(await memories().update({ userId, memoryId, changes: { importance: 9 }, now: at(10) })).toBeNull();
    expect(await memories().remove({ userId, memoryId, now: at(10) })).toBe(false);
    await memories().removeExpired({ userId, now: at(9) });
    expect(await memories().count({ userId, upTo: 10 })).toBe(1);
    await memories().removeExpired({ userId, now: at(10) });
    expect(await memories().count({ userId, upTo: 10 })).toBe(0);
  });

  it("are only their owner's", async () => {
    const stored = memory();
    const stranger = { userId: newId("user"), memoryId: stored._id, now: start };
    await insert([stored]);
    expect(await memories().find(stranger)).toBeNull();
    expect(await memories().update({ ...stranger, changes: { importance: 1 } })).toBeNull();
    expect(await memories().remove(stranger)).toBe(false);
    await memories().removeAll(stranger);
    expect(await memories().exists(stranger)).toBe(true);
  });

  it("are listed newest first, page by page, also when many are of one moment", async () => {
    const userId = newId("user");
    const stored = times(9, (index) => memory({ userId, now: at(Math.floor(index / 3)) }));
    await insert(stored);
    const seen: string[] = [];
    let after: { at: Date; id: string } | undefined;
    for (let page = 0; page < 5; page += 1) {
      const { items, hasMore } = await memories().list({ userId, after, limit: 2, now: start });
      seen.push(...items.map(({ _id }) => _id));
      const last = items.at(-1);
      expect(hasMore).toBe(page < 4);
      if (last !== undefined) after = { at: last.created_at, id: last._id };
    }
    expect(seen).toEqual(stored.map(({ _id }) => _id).toReversed());
  });

  it("lose the fields that are set to null", async () => {
    const stored = memory({ context: "c", expiresAt: at(100), source: "extracted", subject: "name" });
    await insert([stored]);
    const changes = { context: null, expires_at: null, source: null, subject: null, importance: 7 } as const;
    const updated = await memories().update({ userId: stored.user_id, memoryId: stored._id, changes, now: at(1) });
    const { context: _context, expires_at: _expiry, source: _source, subject: _subject, ...rest } = stored;
    expect(updated).toEqual({ ...rest, importance: 7, updated_at: at(1) });
  });
});

describe("settings", () => {
  it("of a user are one document, however many set them at once", async () => {
    const userId = newId("user");
    expect(await settings().find(userId)).toBeNull();
    await Promise.all(
      times(10, (index) =>
        settings().set({
          userId,
          settingsId: newId("set"),
          changes: index % 2 === 0 ? { theme: "dark" } : { max_tokens: 5 },
          now: start,
        }),
      ),
    );
    const stored = await settings().find(userId);
    expect(stored?.settings).toEqual({ theme: "dark", max_tokens: 5 });
    const found = await context()
      .database.collection("user_settings")
      .run((collection) => collection.countDocuments({ user_id: userId }));
    expect(found).toBe(1);
    await settings().remove(userId);
    expect(await settings().find(userId)).toBeNull();
  });
});

describe("queries", () => {
  const userIds = times(5, () => newId("user"));
  const userId = userIds[0] ?? "";
  const limit = 20;
  const stored = times(500, (index) =>
    memory({
      userId: userIds[index % 5] ?? "",
      importance: 1 + (index % 10),
      memoryType: (["fact", "preference", "context"] as const)[index % 3] ?? "fact",
      tags: [`tag${index % 4}`, "all"],
      now: at(index),
      ...(index % 7 === 0 ? { expiresAt: at(1_000_000) } : {}),
    }),
  );
  const memoryId = stored[0]?._id ?? "";

  beforeAll(() => insert(stored));

  const page = { userId, limit, now: start };
  const after = { at: at(250), id: "mem_x" };

  it.each<[string, () => Promise<unknown>]>([
    ["find", () => memories().find({ userId, memoryId, now: start })],
    ["exists", () => memories().exists({ memoryId, now: start })],
    ["list", () => memories().list(page)],
    ["list, second page", () => memories().list({ ...page, after })],
    ["list by type", () => memories().list({ ...page, memoryType: "preference", after })],
    ["list by tag", () => memories().list({ ...page, tag: "tag1", after })],
    ["findMostImportant", () => memories().findMostImportant({ ...page, limit: 50 })],
    ["update", () => memories().update({ userId, memoryId, changes: { importance: 3 }, now: start })],
    ["upsert", () => memories().upsert({ memory: memory({ userId }), changes: {}, now: start })],
    ["settings.find", () => settings().find(userId)],
    ["settings.set", () => settings().set({ userId, settingsId: newId("set"), changes: {}, now: start })],
  ])("of %s use an index, sort nothing and look at no more than a page too much", async (_name, action) => {
    const explained = await explainQueries(context(), action);
    expect(explained).not.toEqual([]);
    for (const query of explained) expectIndexed(query, limit + 1);
  });

  it("that look at all of a user's memories use an index too", async () => {
    for (const action of [
      () => memories().list({ ...page, contentContains: "none" }),
      () => memories().count({ userId, upTo: 1_001 }),
      () => memories().removeExpired({ userId, now: start }),
      () => memories().removeSuperseded({ memory: memory({ userId, now: start }), subject: "none" }),
    ]) {
      for (const { query, stages } of await explainQueries(context(), action)) {
        expect(stages, JSON.stringify(query)).not.toContain("COLLSCAN");
      }
    }
  });
});
