import type { User } from "../domain/user.ts";
import { mostReplacedSecrets } from "../domain/webhook.ts";
import type { WebhookSecrets } from "../ports/webhooks.ts";
import type { Database } from "./client.ts";
import { usersDeclaration } from "./users.ts";

/** Which one is in force. */
const version = { $ifNull: ["$webhook_secret.version", 1] };
const replaced = { $ifNull: ["$webhook_secret.replaced", []] };

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
                  version: { $add: [version, 1] },
                  rotated_at: now,
                  replaced: { $slice: [{ $concatArrays: [replaced, [{ version, at: now }]] }, -mostReplacedSecrets] },
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
