import type { Filter, UpdateFilter } from "mongodb";
import { nextMonth } from "../domain/allowance.ts";
import { accountGrant } from "../domain/ledger.ts";
import { isOf, linkedProviders } from "../domain/oauth.ts";
import { linkedFields, type Principal, type User } from "../domain/user.ts";
import type { LinkTaken, UserAccounts } from "../ports/user-accounts.ts";
import type { Database } from "./client.ts";
import { isDuplicateOf } from "./errors.ts";
import { usersDeclaration } from "./users.ts";

/** Ended sessions that are remembered at most; older ones than these have expired long since. */
const rememberedSessions = 200;

/** Runs a write and names the unique field that refused it, if one did. */
async function orTaken<R>(write: () => Promise<R>): Promise<R | LinkTaken> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicateOf(error, "email")) return "email_taken";
    if (isDuplicateOf(error, "linked_identities") || isDuplicateOf(error, "auth_provider_id")) return "identity_taken";
    throw error;
  }
}

/** An account whose password, address and owner are those of then. */
const withCredentials = (version: number): Filter<User> => ({
  credentials_version: version === 0 ? { $exists: false } : version,
});

const stillAskedBy = ({ sessionId, credentialsVersion }: Pick<Principal, "sessionId" | "credentialsVersion">) => ({
  ...withCredentials(credentialsVersion),
  ...(sessionId === null ? {} : { "revoked_sessions.session_id": { $ne: sessionId } }),
});

export function createUserAccounts(database: Database): UserAccounts {
  const users = database.collection<User>(usersDeclaration.name);

  const change = (
    filter: Partial<User> & { readonly _id: string },
    update: UpdateFilter<User>,
    condition: Filter<User> = {},
  ) =>
    users.run((collection) =>
      collection.findOneAndUpdate({ ...filter, ...condition, is_active: true }, update, { returnDocument: "after" }),
    );

  return {
    verifyEmail: ({ userId, email, now }) =>
      change({ _id: userId, email }, { $set: { is_verified: true, updated_at: now } }),

    changeEmail: async ({ userId, email, credentialsVersion, now }) => {
      const changed = await orTaken(() =>
        change(
          { _id: userId },
          { $set: { email, is_verified: true, updated_at: now }, $inc: { credentials_version: 1 } },
          withCredentials(credentialsVersion),
        ),
      );
      if (changed === "identity_taken") throw new Error("a change of the address cannot collide on a way to sign in");
      return changed;
    },

    changePassword: ({ userId, currentHash, hashedPassword, now }) =>
      change(
        { _id: userId, hashed_password: currentHash },
        { $set: { hashed_password: hashedPassword, updated_at: now }, $inc: { credentials_version: 1 } },
      ),

    resetPassword: ({ userId, email, hashedPassword, takesOver, now }) =>
      change(
        { _id: userId, email },
        {
          $set: { hashed_password: hashedPassword, is_verified: true, updated_at: now },
          $inc: { token_version: 1, credentials_version: 1 },
          ...(takesOver ? { $unset: { linked_identities: "" } } : {}),
        },
      ),

    findByIdentity: (identity) => users.run((collection) => collection.findOne({ linked_identities: identity })),

    link: ({ userId, identity, provenEmail, takesOver, askedBy, now }) =>
      orTaken(() =>
        change(
          { _id: userId, ...(provenEmail === null ? {} : { email: provenEmail, is_verified: !takesOver }) },
          {
            $set: {
              updated_at: now,
              ...(provenEmail === null ? {} : { is_verified: true }),
              ...(takesOver ? { linked_identities: [identity] } : {}),
            },
            ...(takesOver
              ? { $unset: { hashed_password: "" }, $inc: { token_version: 1, credentials_version: 1 } }
              : { $addToSet: { linked_identities: identity } }),
          },
          askedBy === null ? {} : stillAskedBy(askedBy),
        ),
      ),

    unlink: async ({ user, provider, now }) => {
      const linked = user.linked_identities ?? [];
      const left = linked.filter((identity) => !isOf(provider, identity));
      const [next] = linkedProviders(left);
      const isOpener = user.auth_provider === provider;
      const opener = user.hashed_password === undefined && next !== undefined ? next : "email";
      const unlinked = await change(
        { _id: user._id },
        {
          $set: {
            updated_at: now,
            ...(left.length > 0 ? { linked_identities: left } : {}),
            ...(isOpener ? { auth_provider: opener } : {}),
          },
          // An empty list would be a value of the unique index. The person may open an account of their own by it.
          ...(left.length > 0 && !isOpener
            ? {}
            : {
                $unset: {
                  ...(left.length > 0 ? {} : { linked_identities: "" }),
                  ...(isOpener ? { auth_provider_id: "" } : {}),
                },
              }),
        },
        {
          linked_identities: { $size: linked.length, $all: [...linked] },
          ...(left.length > 0 ? {} : { hashed_password: { $exists: true } }),
        },
      );
      return unlinked !== null;
    },

    insertLinked: (user) =>
      orTaken(async () => {
        await users.run((collection) => collection.insertOne(user));
        return "inserted" as const;
      }),

    upgradeGuest: ({ userId, profile, grantCredits, now }) =>
      orTaken(() =>
        change(
          { _id: userId, auth_provider: "guest" },
          {
            $set: {
              ...linkedFields(profile),
              allowance_renews_at: nextMonth(now),
              unbooked_since: now,
              last_login_at: now,
              updated_at: now,
            },
            $inc: { token_version: 1, credits_remaining: grantCredits, credits_granted: grantCredits },
            $push: { unbooked_entries: accountGrant({ userId, amountCredits: grantCredits, now }) },
          },
        ),
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
