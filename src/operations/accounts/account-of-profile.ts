import { AppError } from "../../domain/errors.ts";
import { accountGrant } from "../../domain/ledger.ts";
import { identityOf, type ProviderProfile } from "../../domain/oauth.ts";
import { startingCredits } from "../../domain/plans.ts";
import { newLinkedUser, type Principal, type User } from "../../domain/user.ts";
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
import { endOtherSessions } from "./end-sessions.ts";

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

interface ProfileInput {
  readonly profile: ProviderProfile;
  /** Who was signed in when it began, by which sign-in, and with which credentials in force. */
  readonly starter: Pick<Principal, "userId" | "sessionId" | "credentialsVersion"> | null;
}

/** An account that was made or changed in the meantime is found by the next try. */
const tries = 3;

export const changedMeanwhile = () =>
  new AppError("conflict", { detail: "The account was changed in the meantime. Begin again." });
const deactivated = () => new AppError("forbidden", { detail: "This account is deactivated." });
const isUser = (outcome: User | LinkTaken | null): outcome is User => outcome !== null && typeof outcome === "object";

/**
 * The account that a provider's person has here, found or made:
 * 1. the one that was linked before;
 * 2. the one that was signed in when the sign-in began, if it is a full account;
 * 3. the one with the same address, if the provider has verified that address;
 * 4. the guest that was signed in, which becomes the account and keeps everything;
 * 5. a new one. Without a verified address it has none, so that nobody's address can be occupied.
 * @throws AppError `forbidden` for a deactivated account, `conflict` when the person is linked to another account, or when
 * the sign-in that asked for it has ended or the account was handed over meanwhile
 */
export async function accountOfProfile(dependencies: ProfileDependencies, input: ProfileInput): Promise<User> {
  for (let left = tries; left > 0; left -= 1) {
    const found = (await existingAccount(dependencies, input)) ?? (await newAccount(dependencies, input));
    if (found !== null) return found;
  }
  throw changedMeanwhile();
}

async function existingAccount(
  dependencies: ProfileDependencies,
  { profile, starter: askedBy }: ProfileInput,
): Promise<User | null> {
  const { users, userAccounts, clock } = dependencies;
  const identity = identityOf(profile);
  const [linked, starter] = await Promise.all([
    userAccounts.findByIdentity(identity),
    askedBy === null ? null : users.findById(askedBy.userId),
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
      askedBy,
      now: clock.now(),
    });
    if (outcome === null) throw changedMeanwhile();
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
  dependencies: ProfileDependencies,
  input: { readonly holder: User; readonly profile: ProviderProfile; readonly email: string },
): Promise<User | null> {
  const { userAccounts, apiKeys, oneTimeTokens, oauthFlows, clock } = dependencies;
  const { holder, profile, email } = input;
  if (!holder.is_active) throw deactivated();
  const takesOver = !holder.is_verified;
  const linked = await userAccounts.link({
    userId: holder._id,
    identity: identityOf(profile),
    provenEmail: email,
    takesOver,
    askedBy: null,
    now: clock.now(),
  });
  if (!isUser(linked)) return null;
  if (takesOver) {
    await Promise.all([
      endOtherSessions(dependencies, { userId: holder._id, exceptId: null }),
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
  { profile, starter }: ProfileInput,
): Promise<User | null> {
  const now = clock.now();
  const guest = starter === null ? null : await users.findById(starter.userId);
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
