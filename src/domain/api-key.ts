import type { ApiKeyScope } from "./api-scopes.ts";

/** What every API key begins with, so that it is told from an access token, and found by scanners when it leaks. */
export const apiKeyPrefix = "muse_sk_";

/** Keys that an account may have at once. */
export const maxApiKeys = 20;

/** The last use is written at most this often, in ms. */
export const lastUseResolutionMs = 60_000;

/** A document of `api_keys`. The key itself is shown once and kept nowhere. */
export interface ApiKey {
  readonly _id: string;
  readonly user_id: string;
  readonly name: string;
  /** SHA-256 of the whole key, hex. */
  readonly key_hash: string;
  /** The key's last characters, by which its owner recognises it. */
  readonly last_four: string;
  /** Absent in what was stored before there were scopes: the usual ones. */
  readonly scopes?: readonly ApiKeyScope[];
  /** Null: it works until it is deleted. */
  readonly expires_at?: Date | null;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

export function isApiKey(token: string): boolean {
  return token.startsWith(apiKeyPrefix);
}
