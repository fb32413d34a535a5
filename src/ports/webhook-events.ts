/**
 * Events that a provider delivered, by the provider's own id: each is processed once. `running` asks the provider to
 * deliver again later, `done` needs an answer and nothing else.
 */
export interface WebhookEvents {
  /**
   * Sets the event aside for the caller. One whose processing died is to be had again once its lock has lapsed.
   * Of several deliveries at once, one gets `started`.
   */
  start(input: {
    id: string;
    source: string;
    now: Date;
    /** Until then the one who started counts as at work. */
    lockedUntil: Date;
    expiresAt: Date;
  }): Promise<"started" | "done" | "running">;
  /** Processed: further deliveries are `done`. */
  complete(id: string): Promise<void>;
  /** Given up: the next delivery may go on at once. One that was completed stays so. */
  release(id: string): Promise<void>;
}

/** Tells events of a provider from others' by the Standard Webhooks scheme, which several providers use. */
export interface WebhookVerifier {
  /** False: the signature is not the provider's, or it was made too long ago. */
  verify(event: { id: string; timestamp: string; signature: string; body: Uint8Array }): Promise<boolean>;
}
