import type { User } from "../domain/user.ts";
import type { WebhookSecrets } from "../ports/webhooks.ts";
import type { Database } from "./client.ts";
import { usersDeclaration } from "./users.ts";

export function createWebhookSecrets(database: Database): WebhookSecrets {
  const users = database.collection<User>(usersDeclaration.name);

  return {
    find: async (userId) => {
      const user = await users.run((collection) =>
        collection.findOne<Pick<User, "webhook_secret">>({ _id: userId }, { projection: { webhook_secret: 1 } }),
      );
      return user?.webhook_secret ?? null;
    },

    rotate: async ({ userId, now }) => {
      const user = await users.run((collection) =>
        collection.findOneAndUpdate(
          { _id: userId, is_active: true },
          [
            {
              $set: {
                webhook_secret: {
                  version: { $add: [{ $ifNull: ["$webhook_secret.version", 1] }, 1] },
                  rotated_at: now,
                },
              },
            },
          ],
          { returnDocument: "after", projection: { webhook_secret: 1 } },
        ),
      );
      return user?.webhook_secret ?? null;
    },
  };
}
