import type { Sessions } from "../../ports/database.ts";
import type { Clock } from "../../ports/platform.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { UsageRecorder } from "../../ports/usage.ts";

/** Revokes the refresh token and all that came from the same sign-in. An unknown token is signed out already. */
export async function logOut(
  {
    sessions,
    opaqueTokens,
    usage,
    clock,
  }: { sessions: Sessions; opaqueTokens: OpaqueTokens; usage: UsageRecorder; clock: Clock },
  input: { refreshToken: string },
): Promise<void> {
  const session = await sessions.findByTokenHash(opaqueTokens.hash(input.refreshToken));
  if (session === null) return;
  await sessions.revokeFamily({ familyId: session.family_id, now: clock.now() });
  usage.record({ userId: session.user_id, action: "logout", resourceId: session.family_id });
}
