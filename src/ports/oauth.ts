import type { OAuthFlow, OAuthProvider, ProviderProfile } from "../domain/oauth.ts";

/** A provider that people sign in with. */
export interface SignInProvider {
  /** The provider's address to send the browser to. @throws AppError `provider_failed`, `provider_timeout` */
  authorizationUrl(input: {
    readonly state: string;
    readonly nonce: string;
    readonly codeVerifier: string;
  }): Promise<string>;
  /**
   * Trades what the provider sent back for who the person is.
   * @param input.answer the query of the callback, as it came
   * @throws AppError `forbidden` when the person or the provider declined, `invalid_credentials` for a code or a token that
   * is not right, `provider_failed`, `provider_timeout`
   */
  profile(input: {
    readonly answer: URLSearchParams;
    readonly state: string;
    readonly nonce: string;
    readonly codeVerifier: string;
  }): Promise<ProviderProfile>;
}

/** Those that this deployment has a client of. */
export type SignInProviders = ReadonlyMap<OAuthProvider, SignInProvider>;

export interface OAuthFlows {
  insert(flow: OAuthFlow): Promise<void>;
  /** Uses the flow up. Null: unknown, used, expired, or begun by another browser. Of many at once one gets it. */
  take(input: {
    readonly stateHash: string;
    readonly provider: OAuthProvider;
    readonly browserHash: string;
    readonly now: Date;
  }): Promise<OAuthFlow | null>;
  /** Nobody ends those any more that were begun with this account. */
  removeAllOf(userId: string): Promise<void>;
}
