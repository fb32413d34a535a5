import type { UpdateFilter } from "mongodb";
import type { User } from "../domain/user.ts";
import type { UserAccounts } from "../ports/user-accounts.ts";
import type { Database } from "./client.ts";
import { isDuplicateOf } from "./errors.ts";
import { usersDeclaration } from "./users.ts";

/** Ended sessions that are remembered at most; older ones than these have expired long since. */
const rememberedSessions = 200;

export function createUserAccounts(database: Database): UserAccounts {
  const users = database.collection<User>(usersDeclaration.name);

  const change = (filter: Partial<User> & { readonly _id: string }, update: UpdateFilter<User>) =>
    users.run((collection) =>
      collection.findOneAndUpdate({ ...filter, is_active: true }, update, { returnDocument: "after" }),
    );

  return {
    verifyEmail: ({ userId, email, now }) =>
      change({ _id: userId, email }, { $set: { is_verified: true, updated_at: now } }),

    changeEmail: async ({ userId, email, now }) => {
      try {
        return await change({ _id: userId }, { $set: { email, is_verified: true, updated_at: now } });
      } catch (error) {
        if (isDuplicateOf(error, "email")) return "email_taken";
        throw error;
      }
    },

    changePassword: ({ userId, currentHash, hashedPassword, now }) =>
      change(
        { _id: userId, hashed_password: currentHash },
        { $set: { hashed_password: hashedPassword, updated_at: now } },
      ),

    resetPassword: ({ userId, email, hashedPassword, now }) =>
      change(
        { _id: userId, email },
        {
          $set: { hashed_password: hashedPassword, is_verified: true, updated_at: now },
          $inc: { token_version: 1 },
        },
      ),

    setRole: ({ userId, role, grantedBy, now }) =>
      change(
        { _id: userId },
        grantedBy === null
          ? { $set: { role, updated_at: now }, $unset: { role_granted_by: "" } }
          : { $set: { role, role_granted_by: grantedBy, updated_at: now } },
      ),

    noteRevokedSessions: async ({ userId, sessions }) => {
      if (sessions.length === 0) return;
      await users.run((collection) =>
        collection.updateOne(
          { _id: userId },
          { $push: { revoked_sessions: { $each: [...sessions], $slice: -rememberedSessions } } },
        ),
      );
    },
  };
}
