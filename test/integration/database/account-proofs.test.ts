import { describe, expect, it } from "vitest";
import { createLoginFailures } from "../../../src/database/login-failures.ts";
import { createOAuthFlows } from "../../../src/database/oauth-flows.ts";
import { createOneTimeTokens } from "../../../src/database/one-time-tokens.ts";
import { createSessions } from "../../../src/database/sessions.ts";
import { createUserAccounts } from "../../../src/database/user-accounts.ts";
import type { OneTimeToken } from "../../../src/domain/one-time-token.ts";
import type { Session } from "../../../src/domain/session.ts";
import { newLinkedUser } from "../../../src/domain/user.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const minute = 60_000;
const inAnHour = new Date(start.getTime() + 60 * minute);

const token = (changes: Partial<OneTimeToken> = {}): OneTimeToken => ({
  _id: `reset_password:${newId("user")}`,
  purpose: "reset_password",
  user_id: newId("user"),
  token_hash: newId("hash"),
  email: "ada@example.com",
  created_at: start,
  expires_at: inAnHour,
  ...changes,
});

describe("one-time tokens", () => {
  it("are given to one of many takers, on any instance", async () => {
    const here = createOneTimeTokens(context().database);
    const there = createOneTimeTokens(context().connect());
    const one = token();
    await here.put(one);
    const input = { tokenHash: one.token_hash, purposes: ["reset_password" as const], now: start };
    const taken = await Promise.all(times(20, (index) => (index % 2 === 0 ? here : there).take(input)));
    expect(taken.filter((found) => found !== null)).toEqual([one]);
  });

  it("are replaced by the next of their kind, many at once too, and expire", async () => {
    const tokens = createOneTimeTokens(context().database);
    const hashes = times(5, () => newId("hash"));
    const { _id } = token();
    await Promise.all(hashes.map((token_hash) => tokens.put(token({ _id, token_hash }))));
    const take = (tokenHash: string, now: Date) => tokens.take({ tokenHash, purposes: ["reset_password"], now });
    const late = await Promise.all(hashes.map((hash) => take(hash, inAnHour)));
    expect(late.filter((found) => found !== null)).toHaveLength(0);
    const taken = await Promise.all(hashes.map((hash) => take(hash, start)));
    expect(taken.filter((found) => found !== null)).toHaveLength(1);
  });

  it("open only what they are for", async () => {
    const tokens = createOneTimeTokens(context().database);
    const one = token();
    await tokens.put(one);
    expect(await tokens.take({ tokenHash: one.token_hash, purposes: ["verify_email"], now: start })).toBeNull();
    await tokens.removeAllOf(one.user_id);
    expect(await tokens.take({ tokenHash: one.token_hash, purposes: ["reset_password"], now: start })).toBeNull();
  });
});

describe("failed logins", () => {
  it("are counted once each, by all instances together, and forgotten in time", async () => {
    const here = createLoginFailures(context().database);
    const there = createLoginFailures(context().connect());
    const subjects = [newId("pair"), newId("account")];
    await Promise.all(
      times(12, (index) => (index % 2 === 0 ? here : there).record({ subjects, now: start, keptUntil: inAnHour })),
    );
    expect(await there.read([...subjects, "unknown"], start)).toEqual([
      { failures: 12, lastFailedAt: start },
      { failures: 12, lastFailedAt: start },
      null,
    ]);
    expect(await here.read(subjects, inAnHour)).toEqual([null, null]);
    const later = new Date(inAnHour.getTime() + minute);
    await here.record({ subjects, now: inAnHour, keptUntil: later });
    expect((await here.read(subjects, inAnHour))[0]?.failures).toBe(1);
    await here.clear(subjects);
    expect(await here.read(subjects, inAnHour)).toEqual([null, null]);
  });
});

describe("sign-ins with providers", () => {
  it("end once, in the browser that began them", async () => {
    const flows = createOAuthFlows(context().database);
    const flow = {
      _id: newId("state"),
      provider: "google" as const,
      nonce: "n",
      code_verifier: "v",
      browser_hash: "browser",
      return_to: "https://muse.example/",
      user_id: null,
      session_id: null,
      credentials_version: 0,
      created_at: start,
      expires_at: inAnHour,
    };
    await flows.insert(flow);
    const input = { stateHash: flow._id, provider: flow.provider, browserHash: "browser", now: start };
    expect(await flows.take({ ...input, browserHash: "another" })).toBeNull();
    expect(await flows.take({ ...input, provider: "github" })).toBeNull();
    expect(await flows.take({ ...input, now: inAnHour })).toBeNull();
    const taken = await Promise.all(times(10, () => flows.take(input)));
    expect(taken.filter((found) => found !== null)).toEqual([flow]);
  });

  it("make one account of one person, however often at once", async () => {
    const accounts = createUserAccounts(context().database);
    const profile = {
      provider: "google" as const,
      providerId: newId("sub"),
      verifiedEmail: `${newId("ada")}@example.com`.toLowerCase(),
      fullName: "Ada",
      avatarUrl: null,
    };
    const outcomes = await Promise.all(
      times(6, () => accounts.insertLinked(newLinkedUser({ userId: newId("user"), profile, now: start }))),
    );
    expect(outcomes.filter((outcome) => outcome === "inserted")).toHaveLength(1);
    const user = await accounts.findByIdentity(`google:${profile.providerId}`);
    expect(user).toMatchObject({ email: profile.verifiedEmail, is_verified: true });
    const other = newLinkedUser({
      userId: newId("user"),
      profile: { ...profile, providerId: newId("sub"), verifiedEmail: null },
      now: start,
    });
    expect(await accounts.insertLinked(other)).toBe("inserted");
    const link = { userId: other._id, provenEmail: null, takesOver: false, askedBy: null, now: start };
    expect(await accounts.link({ ...link, identity: `google:${profile.providerId}` })).toBe("identity_taken");
    expect(await accounts.link({ ...link, identity: "github:1" })).toMatchObject({
      linked_identities: [expect.any(String), "github:1"],
    });
  });
});

describe("open sessions", () => {
  const insert = async (user_id: string, changes: Partial<Session> = {}) => {
    const id = newId("sess");
    const session: Session = {
      _id: id,
      user_id,
      family_id: id,
      token_hash: newId("hash"),
      is_open: true,
      user_agent: null,
      ip_address: "203.0.113.1",
      signed_in_at: start,
      expires_at: inAnHour,
      created_at: start,
      ...changes,
    };
    await createSessions(context().database).insert(session);
    return session;
  };

  it("are those that were neither used nor ended, read through their index", async () => {
    const sessions = createSessions(context().database);
    const user = newId("user");
    const kept = await insert(user);
    const used = await insert(user);
    const ended = await insert(user);
    await insert(user, { expires_at: at(0) });
    await insert(newId("user"));
    await sessions.markUsed({ sessionId: used._id, now: start });
    await sessions.revokeFamily({ familyId: ended.family_id, now: start });
    const open = await sessions.listOpen({ userId: user, now: new Date(start.getTime() + minute), limit: 10 });
    expect(open.map(({ _id }) => _id)).toEqual([kept._id]);
    expect(await sessions.ownerOfFamily(ended.family_id)).toBe(user);
    expect(await sessions.ownerOfFamily("nobody")).toBeNull();
    expect(await sessions.cameFrom({ userId: user, ipAddress: "203.0.113.1" })).toBe(true);
    expect(await sessions.cameFrom({ userId: user, ipAddress: "192.0.2.1" })).toBe(false);
  });
});
