import { describe, expect, it } from "vitest";
import { createAuditLogs } from "../../../src/database/audit-logs.ts";
import { createLedger } from "../../../src/database/credit-ledger.ts";
import { createIdempotencyKeys } from "../../../src/database/idempotency-keys.ts";
import { createJobLocks } from "../../../src/database/job-locks.ts";
import { createRateLimits } from "../../../src/database/rate-limits.ts";
import { createSessions } from "../../../src/database/sessions.ts";
import { ledgerEntry } from "../../../src/domain/ledger.ts";
import { slidingCount } from "../../../src/domain/rate-window.ts";
import type { Session } from "../../../src/domain/session.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();

describe("sessions", () => {
  const sessions = () => createSessions(context().database);

  async function insert(changes: Partial<Session> = {}): Promise<Session> {
    const session: Session = {
      _id: newId("ses"),
      user_id: newId("user"),
      family_id: newId("fam"),
      token_hash: newId("hash"),
      user_agent: null,
      ip_address: null,
      expires_at: at(86_400),
      created_at: start,
      ...changes,
    };
    await sessions().insert(session);
    return session;
  }

  const find = (session: Session) => sessions().findByTokenHash(session.token_hash);

  it("are found by the hash of their token", async () => {
    const session = await insert();
    expect(await find(session)).toEqual(session);
    expect(await sessions().findByTokenHash("none")).toBeNull();
  });

  it("are used once, however many try at once", async () => {
    const { _id: sessionId } = await insert();
    const results = await Promise.all(times(10, () => sessions().markUsed({ sessionId, now: at(1) })));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  it("are revoked by family, and all of a user", async () => {
    const first = await insert();
    const sibling = await insert({ user_id: first.user_id, family_id: first.family_id });
    const cousin = await insert({ user_id: first.user_id });
    const stranger = await insert();
    await sessions().revokeFamily({ familyId: first.family_id, now: at(1) });
    expect(await find(sibling)).toMatchObject({ revoked_at: at(1) });
    expect(await find(cousin)).not.toHaveProperty("revoked_at");
    expect(await sessions().markUsed({ sessionId: sibling._id, now: at(2) })).toBe(false);

    await sessions().revokeAllOf({ userId: first.user_id, exceptFamilyId: cousin.family_id, now: at(2) });
    expect(await find(cousin)).not.toHaveProperty("revoked_at");
    await sessions().revokeAllOf({ userId: first.user_id, now: at(3) });
    expect(await find(cousin)).toMatchObject({ revoked_at: at(3) });
    const ended = (since: Date) => sessions().listEnded({ userId: first.user_id, since });
    expect([...(await ended(at(-1)))].sort()).toEqual([first.family_id, cousin.family_id].sort());
    expect(await ended(start)).toEqual([]);
    expect(await find(sibling)).toMatchObject({ revoked_at: at(1) });
    expect(await find(stranger)).not.toHaveProperty("revoked_at");
  });
});

describe("the credit ledger", () => {
  const ledger = () => createLedger(context().database);
  const entryOf = (userId: string, resourceId: string, amountCredits: number, seconds = 0) =>
    ledgerEntry({ userId, reason: "chat", resourceId, amountCredits, description: "A turn", now: at(seconds) });

  it("has each entry once, as it was first written", async () => {
    const userId = newId("user");
    await Promise.all(times(5, () => ledger().record(entryOf(userId, `msg_${userId}`, -1))));
    await ledger().record(entryOf(userId, `msg_${userId}`, -9));
    expect((await ledger().list({ userId, limit: 10 })).items).toEqual([entryOf(userId, `msg_${userId}`, -1)]);
  });

  it("is listed newest first, page by page", async () => {
    const userId = newId("user");
    for (const index of times(7, (each) => each)) {
      await ledger().record(entryOf(userId, `${userId}_${index}`, -index, Math.floor(index / 3)));
    }
    const seen: number[] = [];
    let position: { at: Date; id: string } | undefined;
    for (;;) {
      const page = await ledger().list({ userId, after: position, limit: 2 });
      seen.push(...page.items.map((entry) => -entry.amount_credits));
      const last = page.items.at(-1);
      if (!page.hasMore || last === undefined) break;
      position = { at: last.created_at, id: last._id };
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });
});

describe("idempotency keys", () => {
  const keys = () => createIdempotencyKeys(context().database);
  const response = { status: 202, headers: { location: "/x" }, body: '{"a":1}' };

  const startWith = (
    userId: string,
    changes: { allottedId?: string; requestHash?: string; seconds?: number; key?: string } = {},
  ) =>
    keys().start({
      userId,
      key: changes.key ?? "key",
      requestHash: changes.requestHash ?? "hash",
      allottedId: changes.allottedId ?? "gen_1",
      now: at(changes.seconds ?? 0),
      lockedUntil: at((changes.seconds ?? 0) + 60),
      expiresAt: at((changes.seconds ?? 0) + 86_400),
    });

  it("let one of several first uses start, and tell the others that it runs", async () => {
    const userId = newId("user");
    const results = await Promise.all(times(20, (index) => startWith(userId, { allottedId: `gen_${index}` })));
    expect(results.filter((result) => result.outcome === "started")).toHaveLength(1);
    expect(results.filter((result) => result.outcome === "running")).toHaveLength(19);
  });

  it("give the first response again, and refuse another request", async () => {
    const userId = newId("user");
    await startWith(userId);
    await keys().complete({ userId, key: "key", response });
    await keys().complete({ userId, key: "key", response: { ...response, body: "second" } });
    await keys().release({ userId, key: "key" });
    expect(await startWith(userId, { allottedId: "gen_2" })).toEqual({
      outcome: "completed",
      allottedId: "gen_1",
      response,
    });
    expect(await startWith(userId, { requestHash: "other" })).toEqual({ outcome: "mismatch" });
  });

  it("belong to one user and one key", async () => {
    const [first, second] = [newId("user"), newId("user")];
    expect(await startWith(first)).toMatchObject({ outcome: "started" });
    expect(await startWith(second)).toMatchObject({ outcome: "started" });
    expect(await startWith(first, { key: "another" })).toMatchObject({ outcome: "started" });
  });

  it("let one of several take a lapsed try over, with the id that it had", async () => {
    const userId = newId("user");
    await startWith(userId, { allottedId: "gen_first" });
    expect(await startWith(userId, { seconds: 59 })).toEqual({ outcome: "running" });
    const results = await Promise.all(
      times(10, (index) => startWith(userId, { seconds: 60, allottedId: `gen_${index}` })),
    );
    expect(results.filter((result) => result.outcome === "running")).toHaveLength(9);
    expect(results).toContainEqual({ outcome: "resumed", allottedId: "gen_first" });
  });

  it("start anew after a release, and after they expired without having been removed", async () => {
    const userId = newId("user");
    await startWith(userId);
    await keys().release({ userId, key: "key" });
    expect(await startWith(userId, { allottedId: "gen_2" })).toEqual({ outcome: "started", allottedId: "gen_2" });
    await keys().complete({ userId, key: "key", response });
    const results = await Promise.all(times(5, () => startWith(userId, { seconds: 86_400, requestHash: "other" })));
    expect(results.filter((result) => result.outcome === "started")).toHaveLength(1);
  });
});

describe("rate limits", () => {
  const limits = () => createRateLimits(context().database);
  // The start of a window of one minute.
  const hit = async (subject: string, seconds: number, weight = 1, endpoint = "chat") => {
    const now = at(seconds);
    return slidingCount(await limits().count({ subject, endpoint, windowSeconds: 60, weight, now }), now);
  };

  it("count every one of many requests at once", async () => {
    const subject = newId("user");
    const counts = await Promise.all(times(100, () => hit(subject, 0)));
    expect([...counts].sort((a, b) => a - b)).toEqual(times(100, (index) => index + 1));
  });

  it("count subjects and endpoints apart", async () => {
    const [first, second] = [newId("user"), newId("user")];
    await hit(first, 0);
    expect(await hit(first, 0, 1, "read")).toBe(1);
    expect(await hit(second, 0)).toBe(1);
    expect(await hit(first, 0)).toBe(2);
  });

  it("let the window before slide out", async () => {
    const subject = newId("user");
    for (const _unused of times(10, () => null)) await hit(subject, 30);
    expect(await hit(subject, 60)).toBe(11);
    expect(await hit(subject, 90)).toBe(7);
    expect(await hit(subject, 119.9)).toBe(4);
    expect(await hit(subject, 120)).toBe(4);
    expect(await hit(subject, 300)).toBe(1);
  });

  it("only look when asked to count nothing", async () => {
    const subject = newId("user");
    expect(await hit(subject, 0, 0)).toBe(0);
    expect(await hit(subject, 0, 3)).toBe(3);
    expect(await hit(subject, 0, 0)).toBe(3);
  });

  it("take back what was refused, once each, and only in its own window", async () => {
    const subject = newId("user");
    const giveBack = (seconds: number) =>
      limits().giveBack({ subject, endpoint: "chat", windowSeconds: 60, startedAt: at(seconds) });
    await giveBack(0);
    await Promise.all(times(10, () => hit(subject, 5)));
    await Promise.all(times(4, () => giveBack(0)));
    expect(await hit(subject, 6, 0)).toBe(6);
    await hit(subject, 60);
    await giveBack(0);
    expect(await hit(subject, 60, 0)).toBe(7);
    await Promise.all(times(3, () => giveBack(60)));
    expect(await hit(subject, 60, 0)).toBe(6);
  });

  it("do not forget for an instance whose clock is behind", async () => {
    const subject = newId("user");
    await hit(subject, 60, 5);
    expect(await hit(subject, 59)).toBe(6);
    expect(await hit(subject, 60)).toBe(7);
  });
});

describe("job locks", () => {
  const locks = () => createJobLocks(context().database);
  const acquire = (name: string, owner: string, seconds = 0) =>
    locks().acquire({ name, owner, now: at(seconds), until: at(seconds + 60) });

  it("have one holder", async () => {
    const name = newId("job");
    const results = await Promise.all(times(20, (index) => acquire(name, `owner_${index}`)));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  it("are free after their holder gave them back, and after they lapsed", async () => {
    const name = newId("job");
    const release = (owner: string) => locks().release({ name, owner, now: at(1), summary: { swept: 1 } });
    expect(await acquire(name, "a")).toBe(true);
    await release("b");
    expect(await acquire(name, "b", 1)).toBe(false);
    await release("a");
    expect(await acquire(name, "b", 2)).toBe(true);
    expect(await acquire(name, "c", 61)).toBe(false);
    expect(await acquire(name, "c", 62)).toBe(true);
    await release("b");
    expect(await acquire(name, "d", 63)).toBe(false);
  });
});

describe("the audit log", () => {
  it("has each entry once", async () => {
    const logs = createAuditLogs(context().database);
    const id = newId("audit");
    const entry = { id, actorId: "system", action: "turns.closed", targetId: null, details: { count: 2 }, now: start };
    await logs.record({ ...entry, expiresAt: at(100) });
    await logs.record({ ...entry, action: "changed", expiresAt: at(100) });
    const found = await context()
      .database.collection<{ _id: string }>("audit_logs")
      .run((collection) => collection.find({ _id: id }).toArray());
    expect(found).toEqual([
      {
        _id: id,
        actor_id: "system",
        action: "turns.closed",
        target_id: null,
        details: { count: 2 },
        created_at: start,
        expires_at: at(100),
      },
    ]);
  });
});
