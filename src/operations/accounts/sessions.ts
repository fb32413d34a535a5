import { accessTokenSeconds, refreshTokenDays, type Session } from "../../domain/session.ts";
import type { User } from "../../domain/user.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { AccessTokens, OpaqueTokens } from "../../ports/security.ts";
import type { Sessions } from "../../ports/sessions.ts";
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

/**
 * Signs an account in: a short access token and a refresh token.
 * @param input.continues the token that this one follows from; without it a new family begins
 */
export async function openSession(
  { sessions, accessTokens, opaqueTokens, clock, ids }: SessionDependencies,
  input: { user: User; client: ClientFacts; continues?: Session },
): Promise<SignedInJson> {
  const now = clock.now();
  const sessionId = ids.next("sess");
  const familyId = input.continues?.family_id ?? sessionId;
  const refresh = opaqueTokens.create();
  const [accessToken] = await Promise.all([
    accessTokens.sign({ userId: input.user._id, tokenVersion: input.user.token_version, sessionId: familyId }, now),
    sessions.insert({
      _id: sessionId,
      user_id: input.user._id,
      family_id: familyId,
      is_open: true,
      signed_in_at: input.continues?.signed_in_at ?? input.continues?.created_at ?? now,
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
