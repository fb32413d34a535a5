import type { Identity } from "../domain/user.ts";

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Takes the same time when `hash` is undefined (no such account): it then compares with a hash of nothing. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

export interface AccessTokens {
  sign(claims: Identity, now: Date): Promise<string>;
  /** @throws AppError `unauthenticated` */
  verify(token: string, now: Date): Promise<Identity>;
}

export interface OpaqueTokens {
  /** A new random token for the client, and the hash that is stored. */
  create(): { token: string; hash: string };
  hash(token: string): string;
}

/** Signs the addresses of pictures, so that an `<img>` can load them without a header. */
export interface UrlSigner {
  /** @returns hex signature over what is addressed and its expiry (seconds since the epoch) */
  sign(resource: string, expiresAtSeconds: number): string;
  verify(resource: string, expiresAtSeconds: number, signature: string): boolean;
}
