import { AppError } from "../../domain/errors.ts";
import type { Identity, Principal, User } from "../../domain/user.ts";
import type { Users } from "../../ports/database.ts";

/** @throws AppError `unauthenticated` when the account is gone or the token was revoked by a raised version */
export async function loadPrincipal({ users }: { users: Users }, identity: Identity): Promise<Principal> {
  const user = await users.findById(identity.userId);
  const isRevoked = identity.tokenVersion !== null && user?.token_version !== identity.tokenVersion;
  if (user === null || !user.is_active || isRevoked) {
    throw new AppError("unauthenticated", { detail: "The access token is no longer valid." });
  }
  return toPrincipal(user);
}

function toPrincipal(user: User): Principal {
  return {
    userId: user._id,
    role: user.role,
    tier: user.subscription_tier,
    isGuest: user.auth_provider === "guest",
  };
}
