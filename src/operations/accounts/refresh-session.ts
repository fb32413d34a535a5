import { AppError } from "../../domain/errors.ts";
import type { Users } from "../../ports/database.ts";
import type { SignedInJson } from "../../schemas/accounts.ts";
import { type ClientFacts, openSession, type SessionDependencies } from "./sessions.ts";

const refused = () =>
  new AppError("unauthenticated", { detail: "The refresh token is not valid, was used already, or has expired." });

/**
 * Trades a refresh token for a new pair. A token works once; a second use means that it was copied, so its whole
 * family is revoked (OAuth 2.0 Security BCP, RFC 9700 §4.14.2).
 * @throws AppError `unauthenticated`
 */
export async function refreshSession(
  dependencies: SessionDependencies & { readonly users: Users },
  input: { refreshToken: string; client: ClientFacts },
): Promise<SignedInJson> {
  const { sessions, users, opaqueTokens, clock } = dependencies;
  const now = clock.now();
  const session = await sessions.findByTokenHash(opaqueTokens.hash(input.refreshToken));
  if (session === null || session.expires_at <= now || session.revoked_at !== undefined) throw refused();
  if (!(await sessions.markUsed({ sessionId: session._id, now }))) {
    await sessions.revokeFamily({ familyId: session.family_id, now });
    throw refused();
  }
  const user = await users.findById(session.user_id);
  if (user === null || !user.is_active) throw refused();
  return openSession(dependencies, { user, client: input.client, familyId: session.family_id });
}
