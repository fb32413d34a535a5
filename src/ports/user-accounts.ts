import type { OAuthProvider, ProviderProfile } from "../domain/oauth.ts";
import type { Principal, RevokedSession, Role, User } from "../domain/user.ts";

export type LinkTaken = "email_taken" | "identity_taken";

/** How an account is proven and opened: addresses, passwords, sign-in by providers, roles, sessions that were ended. */
export interface UserAccounts {
  /** Notes that the account's address is its owner's. Null: the account is gone, or has another address by now. */
  verifyEmail(input: { userId: string; email: string; now: Date }): Promise<User | null>;
  /**
   * Gives the account another address, which is verified. Null: the account is gone.
   * @param input.credentialsVersion when it was asked for; null also when the account has other credentials since
   */
  changeEmail(input: {
    userId: string;
    email: string;
    credentialsVersion: number;
    now: Date;
  }): Promise<User | "email_taken" | null>;
  /** Null: the account is gone, or its password is not the one with `currentHash` any more. */
  changePassword(input: {
    userId: string;
    currentHash: string;
    hashedPassword: string;
    now: Date;
  }): Promise<User | null>;
  /**
   * Sets a password for whoever has shown that `email` is theirs, so the address counts as verified. All access tokens
   * become invalid. Null: the account is gone, or has another address by now.
   * @param input.takesOver as for `link`: sign-ins with providers that were linked before end too
   */
  resetPassword(input: {
    userId: string;
    email: string;
    hashedPassword: string;
    takesOver: boolean;
    now: Date;
  }): Promise<User | null>;
  findByIdentity(identity: string): Promise<User | null>;
  /**
   * Gives an account one more way to sign in.
   * @param input.provenEmail the account's own address, which the provider has verified; the account must have it still
   * @param input.takesOver whoever opened the account never showed that the address is theirs: their password, their
   * other ways to sign in and their access tokens end with this
   * @param input.askedBy whose sign-in asked for it, and with which credentials in force; both must not have ended. Null:
   * nobody's, the address is the proof
   * @returns null: the account is gone or is not as it was
   */
  link(input: {
    userId: string;
    identity: string;
    provenEmail: string | null;
    takesOver: boolean;
    askedBy: Pick<Principal, "sessionId" | "credentialsVersion"> | null;
    now: Date;
  }): Promise<User | LinkTaken | null>;
  /**
   * Takes a provider's ways to sign in away, also as what opened the account.
   * @param input.user as it was read: something else has to be left that opens it
   * @returns false: the account is gone, or is not opened by the same any more
   */
  unlink(input: { user: User; provider: OAuthProvider; now: Date }): Promise<boolean>;
  /** A new account that is opened by a provider alone. */
  insertLinked(user: User): Promise<"inserted" | LinkTaken>;
  /** Turns a guest into such an account, keeping its id and so all of its data. Also raises `token_version`. */
  upgradeGuest(input: {
    userId: string;
    profile: ProviderProfile;
    grantCredits: number;
    now: Date;
  }): Promise<User | LinkTaken | null>;
  /** `grantedBy` null: nobody but an administrator can take the role away. */
  setRole(input: { userId: string; role: Role; grantedBy: "settings" | null; now: Date }): Promise<User | null>;
  /** Remembers ended sessions until their access tokens have expired. */
  noteRevokedSessions(input: { userId: string; sessions: readonly RevokedSession[] }): Promise<void>;
}
