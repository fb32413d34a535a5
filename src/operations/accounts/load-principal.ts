import { AppError } from "../../domain/errors.ts";
import { roleOf } from "../../domain/roles.ts";
import type { Identity, Principal, User } from "../../domain/user.ts";
import type { Users } from "../../ports/users.ts";

/** @throws AppError `unauthenticated` when the account is gone or the token was revoked by a raised version */
export async function loadPrincipal(
  { users, adminEmails }: { users: Users; adminEmails: readonly string[] },
  identity: Identity,
): Promise<Principal> {
  const user = await users.findById(identity.userId);
  if (user === null || !user.is_active || isRevoked(user, identity)) {
    throw new AppError("unauthenticated", { detail: "The access token is no longer valid." });
  }
  return {
    userId: user._id,
    role: roleOf(user, adminEmails),
    tier: user.subscription_tier,
    isGuest: user.auth_provider === "guest",
    sessionId: identity.sessionId,
    credentialsVersion: user.credentials_version ?? 0,
  };
}

/** Whether what let the caller in still holds: asked by what would outlive their session, once it is there. */
export function stillHolds(user: User | null, principal: Pick<Principal, "sessionId" | "credentialsVersion">): boolean {
  return (
    user?.is_active === true &&
    (user.credentials_version ?? 0) === principal.credentialsVersion &&
    !hasEnded(user, principal.sessionId)
  );
}

const hasEnded = (user: User, sessionId: string | null) =>
  (user.revoked_sessions ?? []).some(({ session_id }) => session_id === sessionId);

/** A key lives on when the account's version is raised, and belongs to no session. */
function isRevoked(user: User, { tokenVersion, sessionId }: Identity): boolean {
  if (tokenVersion === null) return false;
  return user.token_version !== tokenVersion || hasEnded(user, sessionId);
}
