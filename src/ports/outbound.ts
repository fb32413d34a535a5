/** Requests to addresses that users name: pictures to start from, receivers of webhooks. */

export interface OutboundRequest {
  readonly url: string;
  /** GET unless given. */
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the answer at most. */
  readonly maxBytes: number;
  /** For the whole of it, redirects included. */
  readonly timeoutMs: number;
  /** How many redirects are followed; each hop is checked like the first address. None unless given. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
}

export interface OutboundResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** HTTP that reaches public addresses only, whatever a name resolves to at the moment of the connection. */
export interface GuardedHttp {
  /**
   * What is wrong with an address, as far as it can be told without asking the network: one sentence that follows the
   * field's name. Null: nothing.
   */
  refusal(url: string): string | null;
  /**
   * Any status is an answer, also a redirect that is not followed.
   * @throws AppError `unprocessable` for an address that is refused and for one that does not answer (`isRetryable`),
   * `payload_too_large` for an answer of more than `maxBytes`
   */
  fetchPublic(request: OutboundRequest): Promise<OutboundResponse>;
}

/** Signs the bodies of webhooks (Standard Webhooks 1.0) with an account's secret, which is derived and never stored. */
export interface WebhookSigner {
  /** What the receiver verifies with: `whsec_` and base64. */
  secret(account: { readonly userId: string; readonly version: number }): string;
  /**
   * The three headers of a delivery.
   * @param input.versions of the secret, newest first: while a secret is being replaced both sign
   */
  sign(input: {
    userId: string;
    versions: readonly number[];
    messageId: string;
    now: Date;
    body: string;
  }): Readonly<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>>;
}
