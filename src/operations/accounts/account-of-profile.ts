import { AppError } from "../../domain/errors.ts";
import { accountGrant } from "../../domain/ledger.ts";
import { identityOf, type ProviderProfile } from "../../domain/oauth.ts";
import { startingCredits } from "../../domain/plans.ts";
import { newLinkedUser, type User } from "../../domain/user.ts";
import type { ApiKeys } from "../../ports/api-keys.ts";
import type { CreditAccounts } from "../../ports/billing.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { OAuthFlows } from "../../ports/oauth.ts";
import type { OneTimeTokens } from "../../ports/one-time-tokens.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { LinkTaken, UserAccounts } from "../../ports/user-accounts.ts";
import type { Users } from "../../ports/users.ts";
import { bookEntry } from "../billing/move-credits.ts";

export interface ProfileDependencies {
  readonly users: Users;
  readonly userAccounts: UserAccounts;
  readonly ledger: Ledger;
  readonly creditAccounts: Pick<CreditAccounts, "confirmBooked">;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly oneTimeTokens: OneTimeTokens;
  readonly oauthFlows: OAuthFlows;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** An account that was made or changed in the meantime is found by the next try. */
const tries = 3;

const deactivated = () => new AppError("forbidden", { detail: "This account is deactivated." });
const isUser = (outcome: User | LinkTaken | null): outcome is User => outcome !== null && typeof outcome === "object";

/**
 * The account that a provider's person has here, found or made:
 * 1. the one that was linked before;
 * 2. the one that was signed in when the sign-in began, if it is a full account;
 * 3. the one with the same address, if the provider has verified that address;
 * 4. the guest that was signed in, which becomes the account and keeps everything;
 * 5. a new one. Without a verified address it has none, so that nobody's address can be occupied.
 * @param input.starterId who was signed in when it began
 * @throws AppError `forbidden` for a deactivated account, `conflict` when the person is linked to another account
 */
export async function accountOfProfile(
  dependencies: ProfileDependencies,
  input: { readonly profile: ProviderProfile; readonly starterId: string | null },
): Promise<User> {
  for (let left = tries; left > 0; left -= 1) {
    const found = (await existingAccount(dependencies, input)) ?? (await newAccount(dependencies, input));
    if (found !== null) return found;
  }
  throw new AppError("conflict", { detail: "The account was changed in the meantime. Begin again." });
}

async function existingAccount(
  dependencies: ProfileDependencies,
  { profile, starterId }: { readonly profile: ProviderProfile; readonly starterId: string | null },
): Promise<User | null> {
  const { users, userAccounts, clock } = dependencies;
  const identity = identityOf(profile);
  const [linked, starter] = await Promise.all([
    userAccounts.findByIdentity(identity),
    starterId === null ? null : users.findById(starterId),
  ]);
  const isFullAccount = starter?.is_active && starter.auth_provider !== "guest";
  if (linked !== null) {
    if (isFullAccount && linked._id !== starter._id) {
      throw new AppError("conflict", { detail: "This sign-in belongs to another account." });
    }
    if (!linked.is_active) throw deactivated();
    return linked;
  }
  if (isFullAccount) {
    const outcome = await userAccounts.link({
      userId: starter._id,
      identity,
      provenEmail: null,
      takesOver: false,
      now: clock.now(),
    });
    return isUser(outcome) ? outcome : null;
  }
  if (profile.verifiedEmail === null) return null;
  const holder = await users.findByEmail(profile.verifiedEmail);
  return holder === null ? null : linkHolder(dependencies, { holder, profile, email: profile.verifiedEmail });
}

/**
 * Links the account with the same address. Whoever opened it may have used another's address and waited for its owner: an
 * account whose address was never verified is handed over whole, and what opened it before opens it no more.
 */
async function linkHolder(
  { userAccounts, sessions, apiKeys, oneTimeTokens, oauthFlows, clock }: ProfileDependencies,
  input: { readonly holder: User; readonly profile: ProviderProfile; readonly email: string },
): Promise<User | null> {
  const { holder, profile, email } = input;
  if (!holder.is_active) throw deactivated();
  const takesOver = !holder.is_verified;
  const now = clock.now();
  const linked = await userAccounts.link({
    userId: holder._id,
    identity: identityOf(profile),
    provenEmail: email,
    takesOver,
    now,
  });
  if (!isUser(linked)) return null;
  if (takesOver) {
    await Promise.all([
      sessions.revokeAllOf({ userId: holder._id, now }),
      apiKeys.removeAllOf(holder._id),
      oneTimeTokens.removeAllOf(holder._id),
      oauthFlows.removeAllOf(holder._id),
    ]);
  }
  return linked;
}

/** Null: somebody was faster with the address or the identity; what they made is found by the next try. */
async function newAccount(
  { users, userAccounts, ledger, creditAccounts, clock, ids }: ProfileDependencies,
  { profile, starterId }: { readonly profile: ProviderProfile; readonly starterId: string | null },
): Promise<User | null> {
  const now = clock.now();
  const guest = starterId === null ? null : await users.findById(starterId);
  if (guest?.auth_provider === "guest" && guest.is_active) {
    const grantCredits = startingCredits.free - startingCredits.guest;
    const upgraded = await userAccounts.upgradeGuest({ userId: guest._id, profile, grantCredits, now });
    if (!isUser(upgraded)) return null;
    const entry = accountGrant({ userId: upgraded._id, amountCredits: grantCredits, now });
    await bookEntry({ ledger, creditAccounts }, entry);
    return upgraded;
  }
  const user = newLinkedUser({ userId: ids.next("user"), profile, now });
  if ((await userAccounts.insertLinked(user)) !== "inserted") return null;
  const entry = accountGrant({ userId: user._id, amountCredits: user.credits_granted, now });
  await bookEntry({ ledger, creditAccounts }, entry);
  return user;
}
