import { oauthFlowMs } from "../../domain/oauth.ts";
import { accessTokenSeconds, type Session } from "../../domain/session.ts";
import type { Clock } from "../../ports/platform.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { UserAccounts } from "../../ports/user-accounts.ts";

export interface EndDependencies {
  readonly sessions: Sessions;
  readonly userAccounts: UserAccounts;
  readonly clock: Clock;
}

/** How long an access token may still open something, or a sign-in at a provider that was begun with one. In ms. */
const aftermathMs = accessTokenSeconds * 1_000 + oauthFlowMs;

/** Sign-ins that one account is shown. */
export const shownSessions = 200;

/** Ends one sign-in: neither its refresh tokens nor the access tokens that came from them open anything. */
export async function endSession(
  { sessions, userAccounts, clock }: EndDependencies,
  input: { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  const now = clock.now();
  const until = new Date(now.getTime() + aftermathMs);
  await Promise.all([
    sessions.revokeFamily({ familyId: input.sessionId, now }),
    userAccounts.noteRevokedSessions({
      userId: input.userId,
      sessions: [{ session_id: input.sessionId, until }],
    }),
  ]);
}

/** Ends the sign-in that a refresh token is of. @returns whose it was; null for a token that nobody has */
export async function endSessionOf(
  dependencies: EndDependencies & { readonly opaqueTokens: OpaqueTokens },
  refreshToken: string,
): Promise<Session | null> {
  const { sessions, opaqueTokens } = dependencies;
  const session = await sessions.findByTokenHash(opaqueTokens.hash(refreshToken));
  if (session !== null) {
    await endSession(dependencies, { userId: session.user_id, sessionId: session.family_id });
  }
  return session;
}

/** Ends all sign-ins of an account but one. @param input.exceptId the one that stays; null for none */
export async function endOtherSessions(
  { sessions, userAccounts, clock }: EndDependencies,
  input: { readonly userId: string; readonly exceptId: string | null },
): Promise<void> {
  const now = clock.now();
  await sessions.revokeAllOf({ userId: input.userId, exceptFamilyId: input.exceptId, now });
  // Looked for when they have ended, not before: one that is renewed in this moment is among them.
  const ended = await sessions.listEnded({ userId: input.userId, since: new Date(now.getTime() - aftermathMs) });
  const until = new Date(now.getTime() + aftermathMs);
  await userAccounts.noteRevokedSessions({
    userId: input.userId,
    sessions: ended.map((sessionId) => ({ session_id: sessionId, until })),
  });
}
