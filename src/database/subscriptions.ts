import type { Subscription } from "../domain/subscription.ts";
import type { Subscriptions } from "../ports/billing.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const subscriptionsDeclaration: CollectionDeclaration = {
  name: "subscriptions",
  indexes: [
    { key: { user_id: 1 }, unique: true },
    { key: { stripe_subscription_id: 1 }, unique: true, sparse: true },
    { key: { stripe_customer_id: 1 } },
    { key: { status: 1, current_period_end: 1 } },
    { key: { current_period_end: 1 } },
    { key: { plan: 1, status: 1 } },
    { key: { status: 1, current_period_end: 1, _id: 1 } },
    { key: { current_period_end: 1, _id: 1 } },
    { key: { status: 1, verified_at: 1, _id: 1 } },
    { key: { updated_at: 1, _id: 1 }, partialFilterExpression: { is_user_behind: { $exists: true } } },
  ],
};

export function createSubscriptions(database: Database): Subscriptions {
  const subscriptions = database.collection<Subscription>(subscriptionsDeclaration.name);

  return {
    find: (userId) => subscriptions.run((collection) => collection.findOne({ user_id: userId })),

    findByStripeId: (subscriptionId) =>
      subscriptions.run((collection) => collection.findOne({ stripe_subscription_id: subscriptionId })),

    save: async (subscription) => {
      const { _id, ...fields } = subscription;
      try {
        if (subscription.revision === 1) {
          await subscriptions.run((collection) => collection.insertOne(subscription));
          return true;
        }
        const result = await subscriptions.run((collection) =>
          // An account that was erased in between must not get its name back.
          collection.updateOne(
            { _id, user_id: subscription.user_id, revision: subscription.revision - 1 },
            { $set: fields },
          ),
        );
        return result.matchedCount === 1;
      } catch (error) {
        // The account got its first one in this moment.
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    confirm: async ({ userId, revision }) => {
      await subscriptions.run((collection) =>
        collection.updateOne({ user_id: userId, revision }, { $unset: { is_user_behind: "", change: "" } }),
      );
    },

    findUnconfirmed: ({ before, limit }) =>
      subscriptions.run((collection) =>
        collection
          .find({ is_user_behind: { $exists: true }, updated_at: { $lt: before } })
          .sort({ updated_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    findEnded: ({ status, before, limit }) =>
      subscriptions.run((collection) =>
        collection
          .find({ status, current_period_end: { $lt: before } })
          .sort({ current_period_end: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    findUnverified: ({ status, before, limit }) =>
      subscriptions.run((collection) =>
        collection
          .find({ status, verified_at: { $lt: before } })
          .sort({ verified_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    markVerified: async ({ subscriptionId, revision, now }) => {
      const result = await subscriptions.run((collection) =>
        collection.updateOne({ _id: subscriptionId, revision }, { $set: { verified_at: now } }),
      );
      return result.matchedCount === 1;
    },
  };
}
