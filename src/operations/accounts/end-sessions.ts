import { accessTokenSeconds, type Session } from "../../domain/session.ts";
import type { RevokedSession } from "../../domain/user.ts";
import type { Clock } from "../../ports/platform.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { UserAccounts } from "../../ports/user-accounts.ts";

export interface EndDependencies {
  readonly sessions: Sessions;
  readonly userAccounts: UserAccounts;
  readonly clock: Clock;
}

/** Sign-ins that one account is shown, and that are ended with one call. */
export const shownSessions = 200;

/** Ends one sign-in: neither its refresh tokens nor the access tokens that came from them open anything. */
export async function endSession(
  { sessions, userAccounts, clock }: EndDependencies,
  input: { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  const now = clock.now();
  const until = new Date(now.getTime() + accessTokenSeconds * 1_000);
  await Promise.all([
    sessions.revokeFamily({ familyId: input.sessionId, now }),
    userAccounts.noteRevokedSessions({
      userId: input.userId,
      sessions: [{ session_id: input.sessionId, until }],
    }),
  ]);
}

/** Ends all sign-ins of an account but one. @param input.exceptId the one that stays; null for none */
export async function endOtherSessions(
  { sessions, userAccounts, clock }: EndDependencies,
  input: { readonly userId: string; readonly exceptId: string | null },
): Promise<void> {
  const now = clock.now();
  const open = await sessions.listOpen({ userId: input.userId, now, limit: shownSessions });
  const others = open.filter(({ family_id }) => family_id !== input.exceptId);
  await Promise.all([
    ...others.map(({ family_id }) => sessions.revokeFamily({ familyId: family_id, now })),
    userAccounts.noteRevokedSessions({ userId: input.userId, sessions: withLiveAccess(others, now) }),
  ]);
}

/** Those whose newest access token, made together with the refresh token, has not expired yet. */
function withLiveAccess(open: readonly Session[], now: Date): RevokedSession[] {
  return open
    .map(({ family_id, created_at }) => ({
      session_id: family_id,
      until: new Date(created_at.getTime() + accessTokenSeconds * 1_000),
    }))
    .filter(({ until }) => until > now);
}
