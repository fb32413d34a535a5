import type { Identity } from "../domain/user.ts";

/**
 * Runs a piece of work when it is its turn, and the others wait: those who ask one after the other, each of them with
 * their own work in order of arrival.
 * @param from who asks; nobody in particular unless given
 * @throws AppError `unavailable` when too many wait already; and whatever the work throws
 */
export type InTurn = <R>(work: () => Promise<R>, from?: string) => Promise<R>;

export interface PasswordHasher {
  /** @throws AppError `unavailable` when too many wait already; so does `verify` */
  hash(password: string): Promise<string>;
  /** Takes the same time when `hash` is undefined (no such account): it then compares with a hash of nothing. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

export interface PasswordChecker {
  /** Whether a guesser tries it among the first: a common password, a row of keys, a repetition. */
  isCommon(password: string): Promise<boolean>;
  /** Whether it is in a public list of stolen ones. False where that cannot be told. */
  isBreached(password: string): Promise<boolean>;
}

/** Who an access token is for. */
export interface AccessClaims {
  readonly userId: string;
  readonly tokenVersion: number;
  readonly sessionId: string;
}

export interface AccessTokens {
  sign(claims: AccessClaims, now: Date): Promise<string>;
  /** @throws AppError `unauthenticated` */
  verify(token: string, now: Date): Promise<Identity>;
}

export interface OpaqueTokens {
  /** A new random token for the client, and the hash that is stored. */
  create(): { token: string; hash: string };
  hash(token: string): string;
}

/** Signs the addresses of pictures, so that an `<img>` can load them without a header. */
export interface UrlSigner {
  /** @returns hex signature over what is addressed and its expiry (seconds since the epoch) */
  sign(resource: string, expiresAtSeconds: number): string;
  verify(resource: string, expiresAtSeconds: number, signature: string): boolean;
}

/** What an encrypted value is bound to: it opens only with the same. */
export interface EncryptionContext {
  /** What it is for, as `platform_integrations.access_token`. */
  readonly purpose: string;
  /** Id of the document's owner. */
  readonly ownerId: string;
}

/** Keeps secrets of users that have to be read again. */
export interface Encryption {
  /** @throws AppError `unavailable` when the deployment has no key */
  encrypt(text: string, context: EncryptionContext): string;
  /** @throws AppError `internal` for what was changed, moved, or encrypted with a key that is gone */
  decrypt(value: string, context: EncryptionContext): string;
  /** Whether it was encrypted with an older key, so that it should be written anew. */
  needsRotation(value: string): boolean;
}
