import { expect, it } from "vitest";
import { newEmailUser, type User } from "../../../../src/domain/user.ts";
import { watchBooks } from "../../../../src/operations/billing/watch-books.ts";

const ignore = () => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function account(index: number, changes: Partial<User> = {}): User {
  const id = `user_${String(index).padStart(4, "0")}`;
  const now = new Date("2026-11-21T12:00:00Z");
  return { ...newEmailUser({ userId: id, email: `${id}@example.com`, hashedPassword: "hash", now }), ...changes };
}

it("counts accounts whose own numbers do not add up, on every page", async () => {
  const users = Array.from({ length: 600 }, (_, index) => account(index));
  const granted = users[0]?.credits_granted ?? 0;
  users[1] = account(1, { credits_remaining: granted - 7, credits_spent: 4, credit_holds: { msg_1: 3 } });
  users[2] = account(2, { credits_remaining: granted + 1 });
  users[599] = account(599, { credit_holds: { gen_1: 5 } });
  const observed: [string, number][] = [];
  const outcome = await watchBooks({
    creditAudit: {
      listUsers: async ({ afterId = "", limit }) => users.filter(({ _id }) => _id > afterId).slice(0, limit),
    },
    telemetry: { observe: (name, value) => observed.push([name, value]) },
    logger,
  });
  expect(outcome).toEqual({ accounts: 600, wrong: 2 });
  expect(observed).toEqual([["muse.credits.imbalance", 2]]);
});
