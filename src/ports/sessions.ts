import type { Session } from "../domain/session.ts";

export interface Sessions {
  insert(session: Session): Promise<void>;
  findByTokenHash(tokenHash: string): Promise<Session | null>;
  /** Marks a token as used. False: it was used or revoked before. */
  markUsed(input: { sessionId: string; now: Date }): Promise<boolean>;
  revokeFamily(input: { familyId: string; now: Date }): Promise<void>;
  /** @param input.exceptFamilyId the sign-in that stays; null or absent for none */
  revokeAllOf(input: { userId: string; exceptFamilyId?: string | null; now: Date }): Promise<void>;
  /** The families of ended sign-ins that had a new token since then. */
  listEnded(input: { userId: string; since: Date }): Promise<readonly string[]>;
  /** The newest token of each sign-in that goes on; newest first. */
  listOpen(input: { userId: string; now: Date; limit: number }): Promise<readonly Session[]>;
  /** Whose sign-in it is; null for nobody's. */
  ownerOfFamily(familyId: string): Promise<string | null>;
  /** Whether the account was signed in from this address lately. */
  cameFrom(input: { userId: string; ipAddress: string }): Promise<boolean>;
}
