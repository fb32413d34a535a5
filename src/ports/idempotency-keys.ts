/** A response that is kept to be given again: its status, headers and the body as text. */
export interface SavedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyStart =
  /** First use: go on, with `allottedId` for the resource to be made. */
  | { readonly outcome: "started"; readonly allottedId: string }
  /** A first try died on the way: go on with the id that it had, which may exist already. */
  | { readonly outcome: "resumed"; readonly allottedId: string }
  | { readonly outcome: "completed"; readonly allottedId: string; readonly response: SavedResponse }
  | { readonly outcome: "running" }
  | { readonly outcome: "mismatch" };

export interface IdempotencyKeys {
  start(input: {
    userId: string;
    key: string;
    /** SHA-256 over method, path and body, hex. */
    requestHash: string;
    allottedId: string;
    now: Date;
    /** Until then the first try counts as running. */
    lockedUntil: Date;
    expiresAt: Date;
  }): Promise<IdempotencyStart>;
  complete(input: { userId: string; key: string; response: SavedResponse }): Promise<void>;
  /** Moves the end of the lock, unless the request has ended: once it is over, the next try goes on with the same id. */
  setLock(input: { userId: string; key: string; lockedUntil: Date; now: Date }): Promise<void>;
  /** Forgets the key after a failure, so that the client may try again with it. */
  release(input: { userId: string; key: string }): Promise<void>;
}
