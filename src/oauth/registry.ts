import type { OAuthProvider } from "../domain/oauth.ts";
import type { SignInProvider, SignInProviders } from "../ports/oauth.ts";
import type { OAuthClient } from "./client.ts";
import { createGitHubProvider } from "./github.ts";
import { type Claims, createOidcProvider } from "./oidc.ts";

export interface OAuthSettings {
  readonly PUBLIC_BASE_URL: string;
  readonly GOOGLE_CLIENT_ID?: string | undefined;
  readonly GOOGLE_CLIENT_SECRET?: string | undefined;
  readonly GOOGLE_BASE_URL: string;
  readonly GITHUB_CLIENT_ID?: string | undefined;
  readonly GITHUB_CLIENT_SECRET?: string | undefined;
  readonly GITHUB_BASE_URL: string;
  readonly MICROSOFT_CLIENT_ID?: string | undefined;
  readonly MICROSOFT_CLIENT_SECRET?: string | undefined;
  readonly MICROSOFT_TENANT: string;
  readonly MICROSOFT_BASE_URL: string;
}

/** The tenant of all personal Microsoft accounts, whose addresses Microsoft itself has verified. */
const personalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";

const isTrue = (claim: unknown): boolean => claim === true || claim === "true" || claim === 1 || claim === "1";

const isVerifiedByGoogle = ({ email_verified }: Claims): boolean => isTrue(email_verified);

/**
 * In a work tenant `email` is whatever its administrator wrote, of any domain: taken as it is, anybody with a tenant could
 * sign in as anybody. `xms_edov` says that the owner of the domain was verified.
 * Source: https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
 */
const isVerifiedByMicrosoft = ({ tid, xms_edov }: Claims): boolean => tid === personalTenant || isTrue(xms_edov);

/** The providers that this deployment has a client of, in the order of their buttons. */
export function createSignInProviders(settings: OAuthSettings): SignInProviders {
  const providers = new Map<OAuthProvider, SignInProvider>();
  const add = (
    provider: OAuthProvider,
    client: { id: string | undefined; secret: string | undefined; baseUrl: string },
    create: (client: OAuthClient) => SignInProvider,
  ) => {
    if (client.id === undefined || client.secret === undefined) return;
    const adapter = create({
      clientId: client.id,
      clientSecret: client.secret,
      baseUrl: client.baseUrl.replace(/\/+$/, ""),
      callbackUrl: `${settings.PUBLIC_BASE_URL}/api/v1/auth/${provider}/callback`,
    });
    providers.set(provider, adapter);
  };
  add(
    "google",
    { id: settings.GOOGLE_CLIENT_ID, secret: settings.GOOGLE_CLIENT_SECRET, baseUrl: settings.GOOGLE_BASE_URL },
    (client) => createOidcProvider({ ...client, provider: "google", issuerPath: "", isVerified: isVerifiedByGoogle }),
  );
  add(
    "github",
    { id: settings.GITHUB_CLIENT_ID, secret: settings.GITHUB_CLIENT_SECRET, baseUrl: settings.GITHUB_BASE_URL },
    createGitHubProvider,
  );
  add(
    "microsoft",
    {
      id: settings.MICROSOFT_CLIENT_ID,
      secret: settings.MICROSOFT_CLIENT_SECRET,
      baseUrl: settings.MICROSOFT_BASE_URL,
    },
    (client) =>
      createOidcProvider({
        ...client,
        provider: "microsoft",
        issuerPath: `/${settings.MICROSOFT_TENANT}/v2.0`,
        isVerified: isVerifiedByMicrosoft,
      }),
  );
  return providers;
}
