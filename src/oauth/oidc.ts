import type { Configuration } from "openid-client";
import type { OAuthProvider, ProviderProfile } from "../domain/oauth.ts";
import type { SignInProvider } from "../ports/oauth.ts";
import { answerUrl, isPlain, kept, type OAuthClient, signInFailure, timeoutSeconds } from "./client.ts";

/** Claims of an id token, as far as they are read here. */
export interface Claims {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

interface OidcOptions extends OAuthClient {
  readonly provider: OAuthProvider;
  /** Path of the issuer below the base address, with a slash before it. */
  readonly issuerPath: string;
  /** Whether `email` is verified: what proves it differs from provider to provider. */
  isVerified(claims: Claims): boolean;
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

async function discover(options: OidcOptions): Promise<Configuration> {
  const { discovery, allowInsecureRequests, enableNonRepudiationChecks } = await import("openid-client");
  return discovery(
    new URL(`${options.baseUrl}${options.issuerPath}`),
    options.clientId,
    options.clientSecret,
    undefined,
    {
      timeout: timeoutSeconds,
      // The signature of the id token is checked too, though it comes over TLS from the provider itself.
      execute: [enableNonRepudiationChecks, ...(isPlain(options.baseUrl) ? [allowInsecureRequests] : [])],
    },
  );
}

/**
 * OpenID Connect's code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636): issuer, audience, expiry, nonce and
 * signature of the id token are checked by the library.
 */
export function createOidcProvider(options: OidcOptions): SignInProvider {
  const configured = kept(() => discover(options));
  return {
    authorizationUrl: async ({ state, nonce, codeVerifier }) => {
      try {
        const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import("openid-client");
        const url = buildAuthorizationUrl(await configured(), {
          redirect_uri: options.callbackUrl,
          scope: "openid email profile",
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: "S256",
        });
        return url.href;
      } catch (error) {
        throw signInFailure(error);
      }
    },

    profile: async ({ answer, state, nonce, codeVerifier }) => {
      try {
        const { authorizationCodeGrant } = await import("openid-client");
        const tokens = await authorizationCodeGrant(await configured(), answerUrl(options.callbackUrl, answer), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new Error("the id token is missing");
        return toProfile(options, claims);
      } catch (error) {
        throw signInFailure(error);
      }
    },
  };
}

function toProfile(options: OidcOptions, claims: Claims): ProviderProfile {
  const email = text(claims.email);
  return {
    provider: options.provider,
    providerId: claims.sub,
    verifiedEmail: email !== null && options.isVerified(claims) ? email.toLowerCase() : null,
    fullName: text(claims.name)?.slice(0, 100) ?? null,
    avatarUrl: text(claims.picture),
  };
}
