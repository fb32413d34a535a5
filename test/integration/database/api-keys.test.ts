import { describe, expect, it } from "vitest";
import { createApiKeys } from "../../../src/database/api-keys.ts";
import type { ApiKey } from "../../../src/domain/api-key.ts";
import { expectIndexed, explainQueries } from "./explained.ts";
import { at, newId, rejection, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const apiKeys = () => createApiKeys(context().database);

async function insert(changes: Partial<ApiKey> = {}): Promise<ApiKey> {
  const key: ApiKey = {
    _id: newId("key"),
    user_id: newId("user"),
    name: "a key",
    key_hash: newId("hash"),
    last_four: "abcd",
    created_at: start,
    last_used_at: null,
    ...changes,
  };
  await apiKeys().insert(key);
  return key;
}

describe("API keys", () => {
  it("are found by their hash, which is unique", async () => {
    const key = await insert();
    expect(await apiKeys().findByHash(key.key_hash)).toEqual(key);
    expect(await apiKeys().findByHash("none")).toBeNull();
    expect(await rejection(insert({ key_hash: key.key_hash }))).toBeInstanceOf(Error);
  });

  it("are listed newest first, for their owner alone", async () => {
    const user_id = newId("user");
    const keys: ApiKey[] = [];
    for (const _ of times(5, () => 0)) keys.unshift(await insert({ user_id }));
    await insert();
    const first = await apiKeys().list({ userId: user_id, limit: 3 });
    const second = await apiKeys().list({ userId: user_id, beforeId: first.items.at(-1)?._id, limit: 3 });
    expect([...first.items, ...second.items]).toEqual(keys);
    expect([first.hasMore, second.hasMore]).toEqual([true, false]);
  });

  it("are removed by their owner alone", async () => {
    const key = await insert();
    expect(await apiKeys().remove({ userId: "user_other", keyId: key._id })).toBe(false);
    expect(await apiKeys().exists(key._id)).toBe(true);
    expect(await apiKeys().remove({ userId: key.user_id, keyId: key._id })).toBe(true);
    expect(await apiKeys().remove({ userId: key.user_id, keyId: key._id })).toBe(false);
    expect(await apiKeys().exists(key._id)).toBe(false);
  });

  it("keep the newest use, unless one just before is noted", async () => {
    const key = await insert();
    const use = async (seconds: number, unlessAfterSeconds: number) => {
      await apiKeys().recordUse({ keyId: key._id, unlessAfter: at(unlessAfterSeconds), now: at(seconds) });
      return (await apiKeys().findByHash(key.key_hash))?.last_used_at;
    };
    expect(await use(10, -50)).toEqual(at(10));
    expect(await use(50, -10)).toEqual(at(10));
    expect(await use(70, 10)).toEqual(at(70));
  });

  it("are read through an index only", async () => {
    const user_id = newId("user");
    for (const _ of times(30, () => 0)) await insert({ user_id });
    await insert({ user_id: newId("user") });
    const explained = await explainQueries(context(), async () => {
      await apiKeys().findByHash("none");
      await apiKeys().list({ userId: "user_none", limit: 10 });
      await apiKeys().list({ userId: user_id, beforeId: "key_0", limit: 10 });
    });
    expect(explained).toHaveLength(3);
    for (const query of explained) expectIndexed(query, 0);
  });
});
