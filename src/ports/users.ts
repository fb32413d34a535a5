import type { User } from "../domain/user.ts";

/** What is given changes; of the profile too. */
export type UserChanges = Partial<Pick<User, "username" | "full_name" | "avatar_url">> & {
  readonly profile?: Partial<User["profile"]>;
};

export type Taken = "email_taken" | "username_taken";

export type HoldResult =
  | { readonly outcome: "held"; readonly heldCredits: number }
  | { readonly outcome: "insufficient"; readonly balanceCredits: number }
  | { readonly outcome: "too_many_turns"; readonly allowed: number }
  | { readonly outcome: "no_account" };

export type LoginProof = { readonly hashedPassword: string } | { readonly identity: string };

export interface Users {
  insert(user: User): Promise<"inserted" | Taken>;
  findById(userId: string): Promise<User | null>;
  findByEmail(email: string): Promise<User | null>;
  /** Turns a guest into an account with a password, keeping its id and so all of its data. Also raises `token_version`. */
  upgradeGuest(input: {
    userId: string;
    email: string;
    username?: string | undefined;
    fullName?: string | undefined;
    hashedPassword: string;
    /** Credits added to balance and granted, for what a free account has more than a guest. */
    grantCredits: number;
    now: Date;
  }): Promise<User | Taken | "not_a_guest">;
  /**
   * @param input.proof what it was proven by: the password's hash, or the identity at a provider
   * @returns false: the account is gone or deactivated, or that opens it no more
   */
  recordLogin(input: { userId: string; proof: LoginProof; now: Date }): Promise<boolean>;
  update(input: { userId: string; changes: UserChanges; now: Date }): Promise<User | "username_taken" | null>;
  /** Marks the account as gone: inactive, tokens invalid, e-mail and username free for others. The erasure follows. */
  deactivate(input: { userId: string; now: Date }): Promise<boolean>;
  /** Sets `credits` aside for `resourceId`: balance − credits, hold = credits. Holding twice for one resource holds once. */
  holdCredits(input: {
    userId: string;
    resourceId: string;
    credits: number;
    /** The hold is for an answer, of which an account may have only so many at a time. */
    isTurn?: true;
    now: Date;
  }): Promise<HoldResult>;
  /** Adds to an existing hold. False: no such hold, or the balance does not cover it. */
  extendHold(input: { userId: string; resourceId: string; credits: number }): Promise<boolean>;
  /**
   * Ends a hold: `costCredits` (at most the hold) are spent, the rest goes back to the balance.
   * @returns false when there is no such hold (it was ended before)
   */
  settleHold(input: { userId: string; resourceId: string; costCredits: number; now: Date }): Promise<boolean>;
  /** Accounts whose newest hold is older than `before`. */
  findWithHolds(input: { before: Date; limit: number }): Promise<readonly User[]>;
  /** Forgets `last_hold_at` if it still is what was read and no hold is left. */
  clearHoldMark(input: { userId: string; lastHoldAt: Date }): Promise<void>;
  /** Counts a completed generation. Statistics only: a repeat after a crash may count once more. */
  recordGeneration(input: { userId: string; now: Date }): Promise<void>;
}
