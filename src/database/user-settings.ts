import type { UpdateFilter } from "mongodb";
import type { UserSettings as UserSettingsDocument } from "../domain/user-settings.ts";
import type { UserSettings } from "../ports/memories.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const userSettingsDeclaration: CollectionDeclaration = {
  name: "user_settings",
  indexes: [{ key: { user_id: 1 }, unique: true }],
};

export function createUserSettings(database: Database): UserSettings {
  const settings = database.collection<UserSettingsDocument>(userSettingsDeclaration.name);

  return {
    find: (userId) => settings.run((collection) => collection.findOne({ user_id: userId })),

    set: async ({ userId, settingsId, changes, now }) => {
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      const update: UpdateFilter<UserSettingsDocument> = {
        $set: { ...Object.fromEntries(given.map(([field, value]) => [`settings.${field}`, value])), updated_at: now },
        $setOnInsert: { _id: settingsId, created_at: now, ...(given.length === 0 ? { settings: {} } : {}) },
      };
      const change = () =>
        settings.run((collection) =>
          collection.findOneAndUpdate({ user_id: userId }, update, { upsert: true, returnDocument: "after" }),
        );
      let changed: UserSettingsDocument | null;
      try {
        changed = await change();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Another request made the document in this moment; now it is there to be changed.
        changed = await change();
      }
      if (changed === null) throw new Error("an upsert gave no document");
      return changed;
    },

    remove: async (userId) => {
      await settings.run((collection) => collection.deleteOne({ user_id: userId }));
    },
  };
}
