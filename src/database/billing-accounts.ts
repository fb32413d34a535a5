import type { User } from "../domain/user.ts";
import type { BillingAccounts } from "../ports/billing.ts";
import type { Database } from "./client.ts";
import { usersDeclaration } from "./users.ts";

export function createBillingAccounts(database: Database): BillingAccounts {
  const users = database.collection<User>(usersDeclaration.name);

  return {
    findByCustomer: (customerId) =>
      users.run((collection) => collection.findOne({ stripe_customer_id: customerId }, { sort: { _id: 1 } })),

    setCustomer: async ({ userId, customerId, instead }) => {
      const known = instead === undefined ? { $exists: false } : instead;
      const result = await users.run((collection) =>
        collection.updateOne(
          { _id: userId, stripe_customer_id: known as string },
          { $set: { stripe_customer_id: customerId } },
        ),
      );
      if (result.matchedCount === 1) return customerId;
      const user = await users.run((collection) => collection.findOne({ _id: userId }));
      return user?.stripe_customer_id ?? null;
    },

    replaceCheckout: async ({ userId, checkout }) => {
      const before = await users.run((collection) =>
        collection.findOneAndUpdate(
          { _id: userId },
          { $set: { open_checkout: checkout } },
          { returnDocument: "before", projection: { open_checkout: 1 } },
        ),
      );
      return before?.open_checkout ?? null;
    },

    applySubscription: async ({ userId, tier, expiresAt, allowanceRenewsAt, revision, now }) => {
      // A date that is there was read and moved by the timer, perhaps in this moment: it is not set back.
      const renewsAt = { $ifNull: ["$allowance_renews_at", allowanceRenewsAt] };
      const isOlder = [{ subscription_revision: { $exists: false } }, { subscription_revision: { $lt: revision } }];
      await users.run((collection) =>
        collection.updateOne({ _id: userId, $or: isOlder }, [
          {
            $set: {
              subscription_tier: tier,
              subscription_revision: revision,
              updated_at: now,
              subscription_expires_at: expiresAt ?? "$$REMOVE",
              allowance_renews_at: allowanceRenewsAt === null ? "$$REMOVE" : renewsAt,
            },
          },
        ]),
      );
    },
  };
}
