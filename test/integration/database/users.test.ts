import { describe, expect, it } from "vitest";
import { createUsers } from "../../../src/database/users.ts";
import { newEmailUser, newGuest, type User } from "../../../src/domain/user.ts";
import type { LoginProof } from "../../../src/ports/users.ts";
import { at, newId, rejection, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const repository = () => createUsers(context().database);

function sumOf(user: User): number {
  return (
    user.credits_remaining + Object.values(user.credit_holds).reduce((sum, held) => sum + held, 0) + user.credits_spent
  );
}

async function read(userId: string): Promise<User> {
  const user = await repository().findById(userId);
  if (user === null) throw new Error("no such user");
  // The invariant of every account, after whatever was done to it.
  expect(sumOf(user)).toBe(user.credits_granted);
  return user;
}

async function insertGuest(changes: Partial<User> = {}): Promise<string> {
  const userId = newId("user");
  expect(await repository().insert({ ...newGuest({ userId, now: start }), ...changes })).toBe("inserted");
  return userId;
}

function emailUser(input: { email?: string; username?: string } = {}): User {
  const userId = newId("user");
  const { email = `${userId}@example.com`, username } = input;
  return newEmailUser({ userId, email, username, hashedPassword: "hash", now: start });
}

describe("accounts", () => {
  it("are found by id and by e-mail address", async () => {
    const user = emailUser();
    await repository().insert(user);
    expect(await repository().findById(user._id)).toEqual(user);
    expect(await repository().findByEmail(user.email ?? "")).toEqual(user);
    expect(await repository().findById("user_nobody")).toBeNull();
    expect(await repository().findByEmail("nobody@example.com")).toBeNull();
  });

  it("have e-mail addresses and usernames of their own; guests have neither", async () => {
    const user = emailUser({ username: newId("name") });
    await repository().insert(user);
    expect(await repository().insert(emailUser({ email: user.email ?? "" }))).toBe("email_taken");
    expect(await repository().insert(emailUser({ username: user.username ?? "" }))).toBe("username_taken");
    await insertGuest();
    await insertGuest();
  });

  it("one of several registrations of one address at once succeeds", async () => {
    const email = `${newId("race")}@example.com`;
    const results = await Promise.all(times(10, () => repository().insert(emailUser({ email }))));
    expect(results.filter((result) => result === "inserted")).toHaveLength(1);
    expect(results.filter((result) => result === "email_taken")).toHaveLength(9);
  });

  it("change what is given and keep the rest", async () => {
    const user = emailUser({ username: newId("name") });
    await repository().insert(user);
    const changed = await repository().update({ userId: user._id, changes: { full_name: "New" }, now: at(1) });
    expect(changed).toEqual({ ...user, full_name: "New", updated_at: at(1) });
    expect(await repository().update({ userId: "user_nobody", changes: { full_name: "New" }, now: start })).toBeNull();
  });

  it("do not take another's username", async () => {
    const user = emailUser({ username: newId("name") });
    const other = emailUser();
    await repository().insert(user);
    await repository().insert(other);
    const changes = { username: user.username ?? "" };
    expect(await repository().update({ userId: other._id, changes, now: start })).toBe("username_taken");
  });

  it("remember logins and count generations", async () => {
    const user = { ...emailUser(), linked_identities: [newId("google")] };
    const { _id: userId } = user;
    await repository().insert(user);
    const login = (proof: LoginProof, seconds: number) => repository().recordLogin({ userId, proof, now: at(seconds) });
    expect(await login({ hashedPassword: user.hashed_password ?? "" }, 0)).toBe(true);
    expect(await login({ identity: user.linked_identities[0] ?? "" }, 1)).toBe(true);
    expect(await login({ hashedPassword: "another" }, 2)).toBe(false);
    expect(await login({ identity: "google:another" }, 2)).toBe(false);
    await repository().recordGeneration({ userId, now: at(2) });
    await repository().recordGeneration({ userId, now: at(3) });
    expect(await read(userId)).toMatchObject({
      last_login_at: at(1),
      total_generations: 2,
      last_generation_at: at(3),
    });
  });

  it("once deactivated are gone for good, and their address is free", async () => {
    const user = emailUser({ username: newId("name") });
    await repository().insert(user);
    expect(await repository().deactivate({ userId: user._id, now: at(1) })).toBe(true);
    expect(await repository().deactivate({ userId: user._id, now: at(2) })).toBe(false);

    const gone = await read(user._id);
    expect(gone).toMatchObject({ is_active: false, token_version: user.token_version + 1 });
    expect(gone).not.toHaveProperty("email");
    expect(gone).not.toHaveProperty("username");
    expect(await repository().findByEmail(user.email ?? "")).toBeNull();
    expect(await repository().update({ userId: user._id, changes: { full_name: "Back" }, now: start })).toBeNull();
    const successor = emailUser({ email: user.email ?? "", username: user.username ?? "" });
    expect(await repository().insert(successor)).toBe("inserted");
  });
});

describe("a guest that becomes an account", () => {
  const upgrade = (userId: string, email: string) =>
    repository().upgradeGuest({ userId, email, hashedPassword: "hash", grantCredits: 30, now: at(1) });

  it("keeps its id and data, gets its credits and new tokens", async () => {
    const userId = await insertGuest();
    await repository().holdCredits({ userId, resourceId: "msg_1", credits: 3, now: start });
    const email = `${userId}@example.com`;

    expect(await upgrade(userId, email)).toMatchObject({
      _id: userId,
      email,
      auth_provider: "email",
      hashed_password: "hash",
      token_version: 2,
      credits_granted: 50,
      credits_remaining: 47,
      credit_holds: { msg_1: 3 },
    });
    await read(userId);
  });

  it("does so once, even when asked several times at once", async () => {
    const userId = await insertGuest();
    const results = await Promise.all(times(5, (index) => upgrade(userId, `${userId}-${index}@example.com`)));
    expect(results.filter((result) => result === "not_a_guest")).toHaveLength(4);
    expect((await read(userId)).credits_granted).toBe(50);
  });

  it("does not take another's address, and stays a guest then", async () => {
    const user = emailUser();
    await repository().insert(user);
    const userId = await insertGuest();
    expect(await upgrade(userId, user.email ?? "")).toBe("email_taken");
    expect(await read(userId)).toMatchObject({ auth_provider: "guest", credits_granted: 20 });
  });

  it("must be a guest", async () => {
    const user = emailUser();
    await repository().insert(user);
    expect(await upgrade(user._id, `${newId("new")}@example.com`)).toBe("not_a_guest");
    expect(await upgrade("user_nobody", `${newId("new")}@example.com`)).toBe("not_a_guest");
  });
});

describe("holding credits", () => {
  const hold = (userId: string, resourceId: string, credits = 1) =>
    repository().holdCredits({ userId, resourceId, credits, now: at(5) });

  it("never holds more than the balance, however many ask at once", async () => {
    const userId = await insertGuest();
    const results = await Promise.all(times(100, (index) => hold(userId, `gen_${index}`)));

    expect(results.filter((result) => result.outcome === "held")).toHaveLength(20);
    expect(results.filter((result) => result.outcome === "insufficient")).toHaveLength(80);
    const user = await read(userId);
    expect(user.credits_remaining).toBe(0);
    expect(Object.keys(user.credit_holds)).toHaveLength(20);
  });

  it("holds once for one resource, however often it is asked", async () => {
    const userId = await insertGuest();
    const results = await Promise.all(times(10, () => hold(userId, "gen_1", 4)));
    expect(results).toEqual(times(10, () => ({ outcome: "held", heldCredits: 4 })));
    expect(await hold(userId, "gen_1", 7)).toEqual({ outcome: "held", heldCredits: 4 });
    expect(await read(userId)).toMatchObject({
      credits_remaining: 16,
      credit_holds: { gen_1: 4 },
      last_hold_at: at(5),
    });
  });

  it("tells the balance when it does not suffice, and changes nothing", async () => {
    const userId = await insertGuest();
    expect(await hold(userId, "gen_1", 21)).toEqual({ outcome: "insufficient", balanceCredits: 20 });
    const user = await read(userId);
    expect(user.credit_holds).toEqual({});
    expect(user).not.toHaveProperty("last_hold_at");
  });

  it("needs an active account", async () => {
    const userId = await insertGuest();
    await repository().deactivate({ userId, now: start });
    expect(await hold(userId, "gen_1")).toEqual({ outcome: "no_account" });
    expect(await hold("user_nobody", "gen_1")).toEqual({ outcome: "no_account" });
  });

  it("refuses names that would reach other fields, and amounts that are no whole credits", async () => {
    const userId = await insertGuest();
    for (const name of ["a.b", "$where", "", "credits remaining"]) {
      expect(await rejection(hold(userId, name))).toBeInstanceOf(Error);
    }
    for (const credits of [-1, 0.5, Number.NaN]) {
      expect(await rejection(hold(userId, "gen_1", credits))).toBeInstanceOf(Error);
    }
    expect((await read(userId)).credits_remaining).toBe(20);
  });

  it("extends a hold that is there as far as the balance goes", async () => {
    const userId = await insertGuest();
    const extend = (resourceId: string, credits: number) => repository().extendHold({ userId, resourceId, credits });
    expect(await extend("gen_1", 1)).toBe(false);
    await hold(userId, "gen_1", 5);
    expect(await extend("gen_1", 10)).toBe(true);
    expect(await extend("gen_1", 6)).toBe(false);
    expect(await read(userId)).toMatchObject({ credits_remaining: 5, credit_holds: { gen_1: 15 } });
  });
});

describe("settling a hold", () => {
  const settle = (userId: string, costCredits: number) =>
    repository().settleHold({ userId, resourceId: "gen_1", costCredits, now: at(9) });

  async function guestWithHold(credits: number): Promise<string> {
    const userId = await insertGuest();
    await repository().holdCredits({ userId, resourceId: "gen_1", credits, now: start });
    return userId;
  }

  it("spends the cost and gives the rest back", async () => {
    const userId = await guestWithHold(10);
    expect(await settle(userId, 4)).toBe(true);
    expect(await read(userId)).toMatchObject({ credits_remaining: 16, credits_spent: 4, credit_holds: {} });
  });

  it("gives all back at a cost of 0, and never spends more than was held", async () => {
    const refunded = await guestWithHold(10);
    await settle(refunded, 0);
    expect(await read(refunded)).toMatchObject({ credits_remaining: 20, credits_spent: 0 });
    const dear = await guestWithHold(10);
    await settle(dear, 15);
    expect(await read(dear)).toMatchObject({ credits_remaining: 10, credits_spent: 10 });
  });

  it("happens once, however many try at once", async () => {
    const userId = await guestWithHold(10);
    const results = await Promise.all(times(20, () => settle(userId, 10)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await read(userId)).toMatchObject({ credits_remaining: 10, credits_spent: 10 });
  });

  it("is no matter of whether the account is still active", async () => {
    const userId = await guestWithHold(10);
    await repository().deactivate({ userId, now: start });
    expect(await settle(userId, 1)).toBe(true);
    await read(userId);
  });

  it("keeps the sum through holds, extensions and settlements all at once", async () => {
    const userId = await insertGuest();
    await Promise.all(
      times(60, async (index) => {
        const resourceId = `gen_${index % 12}`;
        await repository().holdCredits({ userId, resourceId, credits: 1 + (index % 3), now: start });
        if (index % 2 === 0) await repository().extendHold({ userId, resourceId, credits: 1 });
        await repository().settleHold({ userId, resourceId, costCredits: index % 4, now: start });
      }),
    );
    const user = await read(userId);
    expect(user.credits_remaining).toBeGreaterThanOrEqual(0);
    expect(user.credits_spent).toBeGreaterThan(0);
  });
});

describe("accounts with old holds", () => {
  it("are found, oldest first, until their mark is cleared", async () => {
    const [first, second, recent] = [await insertGuest(), await insertGuest(), await insertGuest()];
    const long = new Date("2020-01-01T00:00:00Z");
    const hold = (userId: string, now: Date) =>
      repository().holdCredits({ userId, resourceId: "gen_1", credits: 1, now });
    await hold(second, new Date(long.getTime() + 1_000));
    await hold(first, long);
    await hold(recent, at(0));
    const before = new Date("2021-01-01T00:00:00Z");
    const found = async () => (await repository().findWithHolds({ before, limit: 10 })).map((user) => user._id);

    expect(await found()).toEqual([first, second]);
    expect(await repository().findWithHolds({ before, limit: 1 })).toHaveLength(1);

    await repository().clearHoldMark({ userId: first, lastHoldAt: long });
    expect(await found()).toEqual([first, second]);

    await repository().settleHold({ userId: first, resourceId: "gen_1", costCredits: 0, now: long });
    await repository().clearHoldMark({ userId: first, lastHoldAt: before });
    expect(await found()).toEqual([first, second]);

    await repository().clearHoldMark({ userId: first, lastHoldAt: long });
    expect(await found()).toEqual([second]);
  });
});
