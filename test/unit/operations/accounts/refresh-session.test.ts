import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/domain/errors.ts";
import type { Session } from "../../../../src/domain/session.ts";
import { newGuest } from "../../../../src/domain/user.ts";
import { refreshSession } from "../../../../src/operations/accounts/refresh-session.ts";
import { openSession } from "../../../../src/operations/accounts/sessions.ts";
import { systemClock } from "../../../../src/platform/clock.ts";
import { createIds } from "../../../../src/platform/ids.ts";
import { createAccessTokens, opaqueTokens } from "../../../../src/platform/security.ts";

const user = newGuest({ userId: "user_a", now: new Date() });
const client = { ipAddress: null, userAgent: null };

/** Sessions in memory, whose next write can be told to fail. */
function surroundings() {
  const stored = new Map<string, Session>();
  const broken: { next: "insert" | "markUsed" | null } = { next: null };
  const mayFail = (step: "insert" | "markUsed") => {
    if (broken.next !== step) return;
    broken.next = null;
    throw new AppError("unavailable");
  };
  const change = (matches: (session: Session) => boolean, changes: Partial<Session>) => {
    const found = [...stored.values()].filter(matches);
    for (const session of found) stored.set(session._id, { ...session, ...changes });
    return found.length;
  };
  const none = async () => null;
  return {
    broken,
    clock: systemClock,
    ids: createIds(),
    opaqueTokens,
    accessTokens: createAccessTokens({ secrets: ["a secret of this test, long enough"], issuer: "i", audience: "a" }),
    adminEmails: [],
    users: { findById: async () => user },
    userAccounts: { noteRevokedSessions: async () => undefined, setRole: none },
    sessions: {
      insert: async (session: Session) => {
        mayFail("insert");
        stored.set(session._id, session);
      },
      findByTokenHash: async (hash: string) => [...stored.values()].find((each) => each.token_hash === hash) ?? null,
      markUsed: async ({ sessionId, now }: { sessionId: string; now: Date }) => {
        mayFail("markUsed");
        const isUsable = (each: Session) => each._id === sessionId && !each.used_at && !each.revoked_at;
        return change(isUsable, { used_at: now }) === 1;
      },
      revokeFamily: async ({ familyId, now }: { familyId: string; now: Date }) => {
        change((each) => each.family_id === familyId, { revoked_at: now });
      },
    },
  };
}

type Dependencies = Parameters<typeof refreshSession>[0];

describe("a refresh token", () => {
  it.each(["insert", "markUsed"] as const)(
    "works again after a database that went away at %s: its client did as it was told and tried again",
    async (step) => {
      const services = surroundings();
      const dependencies = services as unknown as Dependencies;
      const { refresh_token: refreshToken } = await openSession(dependencies, { user, client });
      services.broken.next = step;
      await expect(refreshSession(dependencies, { refreshToken, client })).rejects.toMatchObject({
        code: "unavailable",
      });
      const { refresh_token: next } = await refreshSession(dependencies, { refreshToken, client });
      await expect(refreshSession(dependencies, { refreshToken: next, client })).resolves.toBeDefined();
    },
  );

  it("that is used by two at once ends for both", async () => {
    const dependencies = surroundings() as unknown as Dependencies;
    const { refresh_token: refreshToken } = await openSession(dependencies, { user, client });
    const answers = await Promise.allSettled([1, 2].map(() => refreshSession(dependencies, { refreshToken, client })));
    const given = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.refresh_token] : []));
    expect(given).toHaveLength(1);
    for (const token of given) {
      await expect(refreshSession(dependencies, { refreshToken: token, client })).rejects.toMatchObject({
        code: "unauthenticated",
      });
    }
  });
});
