import { describe, expect, it } from "vitest";
import type { Subscription } from "../../../../src/domain/subscription.ts";
import { newEmailUser, type User } from "../../../../src/domain/user.ts";
import { getSubscription } from "../../../../src/operations/billing/get-subscription.ts";
import { subscriptionAt as now, subscriptionOf } from "../../../support/subscriptions.ts";

const userId = "user_1";
const free = newEmailUser({ userId, email: "one@example.com", hashedPassword: "hash", now });
const pro: User = { ...free, subscription_tier: "pro" };
const { is_user_behind, ...confirmed }: Subscription = subscriptionOf();
const moment = () => new Promise((resolve) => setImmediate(resolve));

/** @param follows the account's document is brought to its subscription while the subscription is read */
const read = (stored: Subscription, account: User, follows?: User) => {
  let user = account;
  return getSubscription(
    {
      users: { findById: async () => user },
      subscriptions: {
        find: async () => {
          await moment();
          user = follows ?? user;
          return stored;
        },
      },
    } as unknown as Parameters<typeof getSubscription>[0],
    { userId },
  );
};

describe("the tier of an account's subscription", () => {
  it("is the subscription's until the account's document has it", async () => {
    expect(await read(subscriptionOf(), free)).toMatchObject({ plan: "pro", status: "active", tier: "pro" });
    const ended = subscriptionOf({ status: "cancelled" });
    expect(await read(ended, pro)).toMatchObject({ plan: "pro", status: "cancelled", tier: "free" });
  });

  it("is the account's otherwise, which an administrator may have changed", async () => {
    const enterprise: User = { ...free, subscription_tier: "enterprise" };
    expect(await read(confirmed, enterprise)).toMatchObject({ plan: "pro", tier: "enterprise" });
  });

  it("is never of an account that was read before its subscription was", async () => {
    expect(await read(confirmed, free, pro)).toMatchObject({ status: "active", tier: "pro" });
  });
});
