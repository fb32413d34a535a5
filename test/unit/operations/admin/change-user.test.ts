import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/domain/errors.ts";
import { newGuest, type User } from "../../../../src/domain/user.ts";
import { changeUser } from "../../../../src/operations/admin/change-user.ts";
import { systemClock } from "../../../../src/platform/clock.ts";
import { createIds } from "../../../../src/platform/ids.ts";
import type { AdminUserChanges } from "../../../../src/ports/admin.ts";

interface Entry {
  readonly action: string;
  readonly actorId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Accounts in memory, all of them administrators, and what is written about them. */
function surroundings(userIds: readonly string[]) {
  const now = new Date();
  const users = new Map<string, User>(
    userIds.map((userId) => [userId, { ...newGuest({ userId, now }), role: "admin" }]),
  );
  const audit: Entry[] = [];
  const broken = { isDatabaseAway: false };
  const services = {
    clock: systemClock,
    ids: createIds(),
    adminEmails: [],
    users: { findById: async (userId: string) => users.get(userId) ?? null },
    sessions: { revokeAllOf: async () => undefined },
    erasures: { find: async () => null },
    auditLogs: { record: async (entry: Entry) => void audit.push(entry) },
    ledger: {
      find: async () => {
        throw new AppError("unavailable");
      },
    },
    adminAccounts: {
      change: async ({ userId, changes }: { userId: string; changes: AdminUserChanges }) => {
        if (broken.isDatabaseAway) throw new AppError("unavailable");
        const before = users.get(userId);
        if (before !== undefined) users.set(userId, { ...before, ...changes });
        return before ?? null;
      },
      hasOtherAdmin: async (userId: string) =>
        [...users.values()].some(({ _id, role, is_active }) => _id !== userId && role === "admin" && is_active),
    },
  };
  const change = (actorId: string, userId: string, body: Parameters<typeof changeUser>[1]["body"]) =>
    changeUser(services as unknown as Parameters<typeof changeUser>[0], {
      actor: { userId: actorId, ipAddress: null },
      userId,
      body,
    });
  const admins = () => [...users.values()].filter(({ role, is_active }) => role === "admin" && is_active);
  return { change, admins, audit, broken };
}

describe("two administrators in the same moment", () => {
  it.each<[string, readonly [string, string]]>([
    ["each other's", ["b", "a"]],
    ["their own", ["a", "b"]],
  ])("cannot take %s rights so that nobody is left", async (_, [first, second]) => {
    const { change, admins } = surroundings(["a", "b"]);
    const answers = await Promise.allSettled([
      change("a", first, { role: "user" }),
      change("b", second, { role: "user" }),
    ]);
    const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason.code] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused)).toEqual(new Set(["conflict"]));
    expect(admins().length).toBeGreaterThan(0);
  });

  it("leave entries of what each of them changed in fact", async () => {
    const { change, audit } = surroundings(["a", "b", "c"]);
    await Promise.all([
      change("a", "c", { subscription_tier: "pro" }),
      change("b", "c", { subscription_tier: "basic" }),
    ]);
    expect(audit.map(({ actorId, details }) => [actorId, details])).toContainEqual([
      "b",
      { before: { subscription_tier: "pro" }, after: { subscription_tier: "basic" } },
    ]);
  });
});

describe("a change that a crash cuts off", () => {
  it.each([
    ["of an account", { role: "user" as const }, "admin.users.change"],
    ["of credits", { credits_adjustment: { amount: 5, reason: "An apology" } }, "admin.users.adjust_credits"],
  ])("%s is in the audit log before it is made", async (_, body, action) => {
    const { change, audit, broken } = surroundings(["a", "b"]);
    broken.isDatabaseAway = true;
    await expect(change("a", "b", body)).rejects.toMatchObject({ code: "unavailable" });
    expect(audit.map((entry) => entry.action)).toEqual([action]);
  });
});
