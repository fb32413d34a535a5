import type { Configuration } from "openid-client";
import * as z from "zod";
import type { SignInProvider } from "../ports/oauth.ts";
import { answerUrl, isPlain, kept, type OAuthClient, signInFailure, timeoutSeconds } from "./client.ts";

const userSchema = z.object({
  id: z.int(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const emailsSchema = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** A GitHub server of one's own has its API below itself; github.com has it on a host of its own. */
function apiUrl(baseUrl: string, path: string): URL {
  return new URL(baseUrl === "https://github.com" ? `https://api.github.com${path}` : `${baseUrl}/api/v3${path}`);
}

async function configure({ baseUrl, clientId, clientSecret }: OAuthClient): Promise<Configuration> {
  const { Configuration, allowInsecureRequests } = await import("openid-client");
  const configuration = new Configuration(
    {
      issuer: `${baseUrl}/login/oauth`,
      authorization_endpoint: `${baseUrl}/login/oauth/authorize`,
      token_endpoint: `${baseUrl}/login/oauth/access_token`,
    },
    clientId,
    clientSecret,
  );
  configuration.timeout = timeoutSeconds;
  if (isPlain(baseUrl)) allowInsecureRequests(configuration);
  return configuration;
}

/**
 * GitHub's OAuth, which has no id tokens: the person is read from its API, and the address from the list that says which
 * one is primary and verified. The one of the public profile is not asked for: anybody can write anything there.
 * Source: https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
export function createGitHubProvider(options: OAuthClient): SignInProvider {
  const configured = kept(() => configure(options));

  async function read<T>(accessToken: string, path: string, schema: z.ZodType<T>): Promise<T> {
    const { fetchProtectedResource } = await import("openid-client");
    const headers = new Headers({ accept: "application/vnd.github+json" });
    const url = apiUrl(options.baseUrl, path);
    const response = await fetchProtectedResource(await configured(), accessToken, url, "GET", null, headers);
    const parsed = response.ok ? schema.safeParse(await response.json()) : undefined;
    if (parsed?.success !== true) throw Object.assign(new Error("unexpected answer of the API"), { status: 502 });
    return parsed.data;
  }

  return {
    authorizationUrl: async ({ state, codeVerifier }) => {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import("openid-client");
      const url = buildAuthorizationUrl(await configured(), {
        redirect_uri: options.callbackUrl,
        scope: "read:user user:email",
        state,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: "S256",
      });
      return url.href;
    },

    profile: async ({ answer, state, codeVerifier }) => {
      try {
        const { authorizationCodeGrant } = await import("openid-client");
        const tokens = await authorizationCodeGrant(await configured(), answerUrl(options.callbackUrl, answer), {
          expectedState: state,
          pkceCodeVerifier: codeVerifier,
        });
        const [user, emails] = await Promise.all([
          read(tokens.access_token, "/user", userSchema),
          read(tokens.access_token, "/user/emails", emailsSchema),
        ]);
        const email = emails.find(({ primary, verified }) => primary && verified)?.email;
        return {
          provider: "github",
          providerId: String(user.id),
          verifiedEmail: email?.toLowerCase() ?? null,
          fullName: (user.name ?? user.login).slice(0, 100),
          avatarUrl: user.avatar_url ?? null,
        };
      } catch (error) {
        throw signInFailure(error);
      }
    },
  };
}
