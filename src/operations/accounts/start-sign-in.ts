import { AppError, invalidField } from "../../domain/errors.ts";
import { type OAuthProvider, oauthFlowMs, oauthProviders } from "../../domain/oauth.ts";
import { returnAddress } from "../../domain/return-address.ts";
import type { Principal } from "../../domain/user.ts";
import type { OAuthFlows, SignInProvider, SignInProviders } from "../../ports/oauth.ts";
import type { Clock } from "../../ports/platform.ts";
import type { OpaqueTokens } from "../../ports/security.ts";

export interface OAuthDependencies {
  readonly signInProviders: SignInProviders;
  readonly oauthFlows: OAuthFlows;
  readonly opaqueTokens: OpaqueTokens;
  readonly clock: Clock;
  readonly publicBaseUrl: string;
  readonly allowedOrigins: readonly string[];
}

/** The cookie that binds a sign-in to the browser that began it; one for each, so that two tabs do not disturb each other. */
export interface FlowCookie {
  readonly name: string;
  readonly value: string;
}

/** @throws AppError `not_found` for a provider that this deployment has no client of */
export function requireProvider(
  { signInProviders }: Pick<OAuthDependencies, "signInProviders">,
  given: string,
): { readonly name: OAuthProvider; readonly provider: SignInProvider } {
  const name = oauthProviders.find((candidate) => candidate === given);
  const provider = name === undefined ? undefined : signInProviders.get(name);
  if (name === undefined || provider === undefined) {
    throw new AppError("not_found", { detail: "This deployment has no sign-in with such a provider." });
  }
  return { name, provider };
}

/** The cookie's name follows from the state, so that the callback knows which of several is meant. */
export function flowCookieName(stateHash: string): string {
  return `muse_oauth_${stateHash.slice(0, 12)}`;
}

/**
 * Begins a sign-in with a provider. State, nonce and PKCE verifier stay here, to be used once, on any instance.
 * @param input.principal who is signed in: a guest becomes the account, an account gets one more way to sign in
 * @throws AppError `not_found`, `validation_failed` for a `redirect_uri` that leads elsewhere, `provider_failed`
 */
export async function startSignIn(
  dependencies: OAuthDependencies,
  input: { readonly provider: string; readonly redirectUri: string | undefined; readonly principal: Principal | null },
): Promise<{ readonly url: string; readonly cookie: FlowCookie }> {
  const { oauthFlows, opaqueTokens, clock } = dependencies;
  const { name, provider } = requireProvider(dependencies, input.provider);
  const returnTo = returnAddress(input.redirectUri, dependencies);
  if (returnTo === null) throw invalidField("redirect_uri", "must be at this deployment or at an allowed origin");
  const [state, nonce, codeVerifier, browser] = [
    opaqueTokens.create(),
    opaqueTokens.create(),
    opaqueTokens.create(),
    opaqueTokens.create(),
  ];
  const now = clock.now();
  const url = await provider.authorizationUrl({
    state: state.token,
    nonce: nonce.token,
    codeVerifier: codeVerifier.token,
  });
  await oauthFlows.insert({
    _id: state.hash,
    provider: name,
    nonce: nonce.token,
    code_verifier: codeVerifier.token,
    browser_hash: browser.hash,
    return_to: returnTo,
    user_id: input.principal?.userId ?? null,
    session_id: input.principal?.sessionId ?? null,
    credentials_version: input.principal?.credentialsVersion ?? 0,
    created_at: now,
    expires_at: new Date(now.getTime() + oauthFlowMs),
  });
  return { url, cookie: { name: flowCookieName(state.hash), value: browser.token } };
}
