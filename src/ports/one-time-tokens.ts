import type { OneTimeToken, TokenPurpose } from "../domain/one-time-token.ts";

export interface OneTimeTokens {
  /** Stores the token in the place of one with the same id, which thereby stops to work. */
  put(token: OneTimeToken): Promise<void>;
  /** Uses the token up. Null: unknown, used, replaced or expired. Of many at once one gets it. */
  take(input: { tokenHash: string; purposes: readonly TokenPurpose[]; now: Date }): Promise<OneTimeToken | null>;
  /** Whatever was sent to this user opens nothing any more. */
  removeAllOf(userId: string): Promise<void>;
}
