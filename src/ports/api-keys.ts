import type { ApiKey } from "../domain/api-key.ts";
import type { Page } from "./database.ts";

export interface ApiKeys {
  insert(key: ApiKey): Promise<void>;
  findByHash(keyHash: string): Promise<ApiKey | null>;
  /** Newest first. */
  list(input: { userId: string; beforeId?: string | undefined; limit: number }): Promise<Page<ApiKey>>;
  /** False: this user has no such key. */
  remove(input: { userId: string; keyId: string }): Promise<boolean>;
  /** Whether anybody has the key. */
  exists(keyId: string): Promise<boolean>;
  removeAllOf(userId: string): Promise<void>;
  /** Notes a use, unless one after `unlessAfter` is noted already. */
  recordUse(input: { keyId: string; unlessAfter: Date; now: Date }): Promise<void>;
}
