import { accessTokenSeconds, refreshTokenDays } from "../../domain/session.ts";
import type { User } from "../../domain/user.ts";
import type { Sessions } from "../../ports/database.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { AccessTokens, OpaqueTokens } from "../../ports/security.ts";
import type { SignedInJson } from "../../schemas/accounts.ts";
import { toUserJson } from "./user-json.ts";

export interface SessionDependencies {
  readonly sessions: Sessions;
  readonly accessTokens: AccessTokens;
  readonly opaqueTokens: OpaqueTokens;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Where a request came from, kept with the session so that its owner can recognise it. */
export interface ClientFacts {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

const dayMs = 86_400_000;

/** Signs an account in: a short access token and a refresh token, in a new family or in the one it follows from. */
export async function openSession(
  { sessions, accessTokens, opaqueTokens, clock, ids }: SessionDependencies,
  input: { user: User; client: ClientFacts; familyId?: string },
): Promise<SignedInJson> {
  const now = clock.now();
  const sessionId = ids.next("sess");
  const refresh = opaqueTokens.create();
  const [accessToken] = await Promise.all([
    accessTokens.sign({ userId: input.user._id, tokenVersion: input.user.token_version }, now),
    sessions.insert({
      _id: sessionId,
      user_id: input.user._id,
      family_id: input.familyId ?? sessionId,
      token_hash: refresh.hash,
      ip_address: input.client.ipAddress,
      user_agent: input.client.userAgent,
      expires_at: new Date(now.getTime() + refreshTokenDays * dayMs),
      created_at: now,
    }),
  ]);
  return {
    user: toUserJson(input.user),
    access_token: accessToken,
    refresh_token: refresh.token,
    token_type: "Bearer",
    expires_in: accessTokenSeconds,
  };
}
