import { AppError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import type { Users } from "../../ports/users.ts";
import type { SignedInJson } from "../../schemas/accounts.ts";
import { alignRole, type RoleDependencies } from "./align-role.ts";
import { type EndDependencies, endSession } from "./end-sessions.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";

const refused = () =>
  new AppError("unauthenticated", { detail: "The refresh token is not valid, was used already, or has expired." });

/**
 * Trades a refresh token for a new pair. A token works once; a second use means that it was copied, so its whole
 * family is revoked (OAuth 2.0 Security BCP, RFC 9700 §4.14.2).
 * @throws AppError `unauthenticated`
 */
export async function refreshSession(
  dependencies: SessionDependencies & EndDependencies & RoleDependencies & { readonly users: Users },
  input: { refreshToken: string; client: ClientFacts },
): Promise<SignedInJson> {
  const { sessions, users, opaqueTokens, clock } = dependencies;
  const now = clock.now();
  const refuse = async (session: Session) => {
    await endSession(dependencies, { userId: session.user_id, sessionId: session.family_id });
    return refused();
  };
  const session = await sessions.findByTokenHash(opaqueTokens.hash(input.refreshToken));
  if (session === null || session.expires_at <= now || session.revoked_at !== undefined) throw refused();
  if (session.used_at !== undefined) throw await refuse(session);
  const user = await users.findById(session.user_id);
  if (user === null || !user.is_active) throw refused();
  const aligned = await alignRole(dependencies, user);
  const signedIn = await openSession(dependencies, { user: aligned, client: input.client, continues: session });
  // Only now, so that a database that goes away in between costs nobody their sign-in. Whoever used the token or ended the
  // sign-in in the meantime could not see the new token: it ends as well.
  if (!(await sessions.markUsed({ sessionId: session._id, now }))) throw await refuse(session);
  return signedIn;
}
