import { describe, expect, it } from "vitest";
import type { ApiKey } from "../../../../src/domain/api-key.ts";
import { defaultApiKeyScopes } from "../../../../src/domain/api-scopes.ts";
import { newGuest, type User } from "../../../../src/domain/user.ts";
import { identifyApiKey } from "../../../../src/operations/accounts/api-keys.ts";
import { loadPrincipal } from "../../../../src/operations/accounts/load-principal.ts";
import { opaqueTokens } from "../../../../src/platform/security.ts";
import type { ApiKeys } from "../../../../src/ports/api-keys.ts";
import type { Clock, Logger } from "../../../../src/ports/platform.ts";
import type { Users } from "../../../../src/ports/users.ts";

const now = new Date("2026-11-21T12:00:00Z");
const secret = "muse_sk_secret";

/** One stored key; notes what is asked of the database. */
function createWorld(lastUsedAt: Date | null, recordUse: ApiKeys["recordUse"] = async () => {}) {
  const key: ApiKey = {
    _id: "key_1",
    user_id: "user_a",
    name: "mine",
    key_hash: opaqueTokens.hash(secret),
    last_four: "cret",
    created_at: now,
    last_used_at: lastUsedAt,
  };
  const asked: string[] = [];
  const warnings: string[] = [];
  const apiKeys = {
    findByHash: async (hash: string) => {
      asked.push("find");
      return hash === key.key_hash ? key : null;
    },
    recordUse: (input: Parameters<ApiKeys["recordUse"]>[0]) => {
      asked.push("record");
      return recordUse(input);
    },
  } as unknown as ApiKeys;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  const logger = { warn: (_fields: object, message: string) => warnings.push(message) } as unknown as Logger;
  return {
    asked,
    warnings,
    identify: (token: string) => identifyApiKey({ apiKeys, opaqueTokens, clock, logger }, token),
  };
}

const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

describe("a request with an API key", () => {
  it("costs one read, and waits for no write", async () => {
    const never = () => new Promise<void>(() => {});
    const { identify, asked } = createWorld(null, never);
    expect(await identify(secret)).toEqual({
      userId: "user_a",
      tokenVersion: null,
      sessionId: null,
      scopes: defaultApiKeyScopes,
    });
    expect(asked).toEqual(["find", "record"]);
  });

  it.each([
    [59, ["find"]],
    [60, ["find", "record"]],
  ])("notes the use when the last one was %i s ago: %j", async (seconds, expected) => {
    const { identify, asked } = createWorld(secondsAgo(seconds));
    await identify(secret);
    expect(asked).toEqual(expected);
  });

  it("goes on when its use cannot be noted", async () => {
    const { identify, warnings } = createWorld(null, () => Promise.reject(new Error("away")));
    await identify(secret);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toHaveLength(1);
  });

  it("is refused when there is no such key", async () => {
    await expect(createWorld(null).identify("muse_sk_other")).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("the account behind a token or a key", () => {
  const load = (changes: Partial<User>, tokenVersion: number | null) => {
    const user = { ...newGuest({ userId: "user_a", now }), ...changes };
    const users = { findById: async () => user } as unknown as Users;
    return loadPrincipal({ users, adminEmails: [] }, { userId: "user_a", tokenVersion, sessionId: null, scopes: null });
  };

  it("is refused to tokens of an earlier version, not to keys", async () => {
    await expect(load({ token_version: 2 }, 1)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await load({ token_version: 2 }, 2)).toMatchObject({ userId: "user_a" });
    expect(await load({ token_version: 2 }, null)).toMatchObject({ userId: "user_a" });
  });

  it("is refused to both once it is deactivated", async () => {
    await expect(load({ is_active: false }, 1)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(load({ is_active: false }, null)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
