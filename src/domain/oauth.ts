export const oauthProviders = ["google", "github", "microsoft"] as const;
export type OAuthProvider = (typeof oauthProviders)[number];

/** Who somebody is, as a provider says it. */
export interface ProviderProfile {
  readonly provider: OAuthProvider;
  /** The provider's own id of the person; never changes and is never given to another. */
  readonly providerId: string;
  /** Only an address that the provider has verified; null for any other, because nothing may follow from one. */
  readonly verifiedEmail: string | null;
  readonly fullName: string | null;
  readonly avatarUrl: string | null;
}

/** A document of `oauth_flows`: one sign-in on its way to a provider and back. It is deleted by its use. */
export interface OAuthFlow {
  /** SHA-256 of the state, hex. */
  readonly _id: string;
  readonly provider: OAuthProvider;
  readonly nonce: string;
  readonly code_verifier: string;
  /** SHA-256 of the cookie of the browser that began it; nobody else may end it. */
  readonly browser_hash: string;
  /** Where the browser goes in the end. */
  readonly return_to: string;
  /** Who was signed in when it began: a guest becomes the account, an account gets one more way to sign in. */
  readonly user_id: string | null;
  /** By which sign-in, and with which credentials in force: once they have ended, it ends with them. */
  readonly session_id: string | null;
  readonly credentials_version: number;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/** How long a person may take at the provider, in ms. */
export const oauthFlowMs = 600_000;
/** How long the code works that a page trades for tokens, in ms. */
export const signInCodeMs = 60_000;

/** Providers that an account can be opened by. @param identities as they are kept with the account */
export function linkedProviders(identities: readonly string[] = []): OAuthProvider[] {
  return oauthProviders.filter((provider) => identities.some((identity) => isOf(provider, identity)));
}

export function isOf(provider: OAuthProvider, identity: string): boolean {
  return identity.startsWith(`${provider}:`);
}

/** A way to sign in, as it is kept with the account. */
export function identityOf({ provider, providerId }: Pick<ProviderProfile, "provider" | "providerId">): string {
  return `${provider}:${providerId}`;
}
