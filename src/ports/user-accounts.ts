import type { RevokedSession, Role, User } from "../domain/user.ts";

/** How an account is proven and opened: addresses, passwords, sign-in by providers, roles, sessions that were ended. */
export interface UserAccounts {
  /** Notes that the account's address is its owner's. Null: the account is gone, or has another address by now. */
  verifyEmail(input: { userId: string; email: string; now: Date }): Promise<User | null>;
  /** Gives the account another address, which is verified. Null: the account is gone. */
  changeEmail(input: { userId: string; email: string; now: Date }): Promise<User | "email_taken" | null>;
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
   */
  resetPassword(input: { userId: string; email: string; hashedPassword: string; now: Date }): Promise<User | null>;
  /** `grantedBy` null: nobody but an administrator can take the role away. */
  setRole(input: { userId: string; role: Role; grantedBy: "settings" | null; now: Date }): Promise<User | null>;
  /** Remembers ended sessions until their access tokens have expired. */
  noteRevokedSessions(input: { userId: string; sessions: readonly RevokedSession[] }): Promise<void>;
}
