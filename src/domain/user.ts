import { nextMonth } from "./allowance.ts";
import type { ApiKeyScope } from "./api-scopes.ts";
import { accountGrant, type LedgerEntry } from "./ledger.ts";
import { identityOf, type ProviderProfile } from "./oauth.ts";
import type { Reclaim } from "./payment.ts";
import { type SubscriptionTier, startingCredits } from "./plans.ts";
import type { WebhookSecretVersion } from "./webhook.ts";

export const authProviders = ["email", "google", "github", "microsoft", "guest"] as const;
export type AuthProvider = (typeof authProviders)[number];
export type Role = "user" | "admin";

/** A document of `users`. Invariant: `credits_remaining` + the sum of `credit_holds` + `credits_spent` = `credits_granted`. */
export interface User {
  readonly _id: string;
  readonly username?: string;
  readonly email?: string;
  readonly full_name: string | null;
  readonly avatar_url: string | null;
  readonly profile: {
    readonly display_name: string | null;
    readonly avatar_url: string | null;
    readonly bio: string | null;
  };
  readonly auth_provider: AuthProvider;
  readonly auth_provider_id?: string;
  /** Ways to sign in by a provider, as `google:1234`. */
  readonly linked_identities?: readonly string[];
  readonly hashed_password?: string;
  readonly role: Role;
  /** `settings`: by `ADMIN_EMAILS`, which can take it away again. Absent: by an administrator, or the ordinary role. */
  readonly role_granted_by?: "settings";
  readonly is_active: boolean;
  readonly is_verified: boolean;
  readonly subscription_tier: SubscriptionTier;
  readonly stripe_customer_id?: string;
  /** The newest page to pay for a plan on, and the request that asked for it. The page before was closed then. */
  readonly open_checkout?: OpenCheckout;
  readonly subscription_expires_at?: Date;
  readonly credits_remaining: number;
  readonly credits_granted: number;
  readonly credits_spent: number;
  /** Credits set aside, by the id of the generation or message that will use them. */
  readonly credit_holds: Readonly<Record<string, number>>;
  /** When the newest hold was made; lets the sweeper find accounts with holds through an index. */
  readonly last_hold_at?: Date;
  /** Ids of the newest grants: each is given once. */
  readonly applied_grants?: readonly string[];
  /** Entries that the ledger may not have yet, and since when they wait. */
  readonly unbooked_entries?: readonly LedgerEntry[];
  readonly unbooked_since?: Date;
  /** What was taken back of the credits of a charge, by its id. */
  readonly reclaims?: Readonly<Record<string, Reclaim>>;
  /** Credits of changes to cheaper plans, for which money went back: the next grants of plans make them up. */
  readonly plan_credit_debt?: number;
  /** When a free account gets its monthly credits next. */
  readonly allowance_renews_at?: Date;
  /** The balance fell below the mark; until credits come, its owner is not told again. */
  readonly is_low_balance?: true;
  /** Since when its owner is to be told. */
  readonly low_balance_due_at?: Date;
  /** Revision of the subscription that tier and expiry follow from. */
  readonly subscription_revision?: number;
  /** Which signing secret of its webhooks is in force; absent: the first. */
  readonly webhook_secret?: WebhookSecretVersion;
  readonly total_generations: number;
  readonly last_generation_at?: Date;
  readonly last_login_at?: Date;
  /** Raised to make every access token of the account invalid at once. */
  readonly token_version: number;
  /**
   * Raised when the password, the address or the owner changes: what was begun before and would open the account later is
   * not finished any more. Absent: never.
   */
  readonly credentials_version?: number;
  /** Sessions that were ended and whose access tokens have not expired yet. */
  readonly revoked_sessions?: readonly RevokedSession[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface OpenCheckout {
  readonly id: string;
  readonly request_key: string;
}

/** A sign-in whose access tokens, and what was begun with them, are refused until the last of it has expired anyway. */
export interface RevokedSession {
  readonly session_id: string;
  readonly until: Date;
}

/** What a token says by itself, before the account was looked at. */
export interface Identity {
  readonly userId: string;
  /** Null for an API key, which lives on when the account's version is raised. */
  readonly tokenVersion: number | null;
  /** The sign-in that the access token is of; null for an API key. */
  readonly sessionId: string | null;
  /** What an API key may do; null for an access token, which may do all. */
  readonly scopes: readonly ApiKeyScope[] | null;
}

/** What the request pipeline knows of the caller. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly tier: SubscriptionTier;
  readonly isGuest: boolean;
  /** Null for an API key. */
  readonly sessionId: string | null;
  /** Of the account when the caller was let in. */
  readonly credentialsVersion: number;
}

/** A new anonymous account with a guest's credits. */
export function newGuest(input: { userId: string; now: Date }): User {
  return {
    _id: input.userId,
    full_name: null,
    avatar_url: null,
    profile: { display_name: null, avatar_url: null, bio: null },
    auth_provider: "guest",
    role: "user",
    is_active: true,
    is_verified: false,
    subscription_tier: "free",
    credits_remaining: startingCredits.guest,
    credits_granted: startingCredits.guest,
    credits_spent: 0,
    credit_holds: {},
    total_generations: 0,
    token_version: 1,
    metadata: {},
    created_at: input.now,
    updated_at: input.now,
  };
}

/** What a free account begins with. It carries the entry of it until the ledger has it. */
function freeCredits({ userId, now }: { userId: string; now: Date }) {
  return {
    credits_remaining: startingCredits.free,
    credits_granted: startingCredits.free,
    unbooked_entries: [accountGrant({ userId, amountCredits: startingCredits.free, now })],
    unbooked_since: now,
    allowance_renews_at: nextMonth(now),
  };
}

/** A new account with an e-mail address and a password. */
export function newEmailUser(input: {
  userId: string;
  email: string;
  username?: string | undefined;
  fullName?: string | undefined;
  hashedPassword: string;
  now: Date;
}): User {
  return {
    ...newGuest({ userId: input.userId, now: input.now }),
    ...(input.username === undefined ? {} : { username: input.username }),
    email: input.email,
    full_name: input.fullName ?? null,
    auth_provider: "email",
    hashed_password: input.hashedPassword,
    ...freeCredits(input),
    last_login_at: input.now,
  };
}

/** What an account has of the provider that opened it. */
export function linkedFields(profile: ProviderProfile) {
  return {
    auth_provider: profile.provider,
    auth_provider_id: profile.providerId,
    linked_identities: [identityOf(profile)],
    ...(profile.verifiedEmail === null ? {} : { email: profile.verifiedEmail, is_verified: true }),
    full_name: profile.fullName,
    avatar_url: profile.avatarUrl,
  };
}

/** A new account that a provider opened. */
export function newLinkedUser(input: { userId: string; profile: ProviderProfile; now: Date }): User {
  return {
    ...newGuest({ userId: input.userId, now: input.now }),
    ...linkedFields(input.profile),
    ...freeCredits(input),
    last_login_at: input.now,
  };
}
