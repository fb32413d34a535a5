import { timingSafeEqual } from "node:crypto";
import { type ApiKey, apiKeyPrefix, lastUseResolutionMs, maxApiKeys } from "../../domain/api-key.ts";
import { defaultApiKeyScopes } from "../../domain/api-scopes.ts";
import { cursorById, decodeIdCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError, invalidField } from "../../domain/errors.ts";
import type { Identity, Principal } from "../../domain/user.ts";
import type { ApiKeys } from "../../ports/api-keys.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { Users } from "../../ports/users.ts";
import type { ApiKeyJson, CreateApiKey, CreatedApiKeyJson } from "../../schemas/api-keys.ts";
import { requireOwned } from "../require-owned.ts";
import { stillHolds } from "./load-principal.ts";

interface Dependencies {
  readonly apiKeys: ApiKeys;
  readonly opaqueTokens: OpaqueTokens;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Makes a key. It is in the answer and nowhere else.
 * @throws AppError `conflict` when its maker was signed out or the account's credentials changed in this moment;
 * `unprocessable` when the account has as many keys as it may; `forbidden` for a scope that it cannot give;
 * `validation_failed`
 */
export async function createApiKey(
  { apiKeys, users, opaqueTokens, clock, ids }: Dependencies & { readonly users: Pick<Users, "findById"> },
  input: { principal: Principal; body: CreateApiKey },
): Promise<CreatedApiKeyJson> {
  const { body } = input;
  const { userId, role } = input.principal;
  const scopes = body.scopes ?? defaultApiKeyScopes;
  if (scopes.includes("admin") && role !== "admin") {
    throw new AppError("forbidden", { detail: "Only an administrator may have a key for administration." });
  }
  const expiresAt = body.expires_at == null ? null : new Date(body.expires_at);
  if (expiresAt !== null && expiresAt <= clock.now()) throw invalidField("expires_at", "must be in the future");
  const key = `${apiKeyPrefix}${opaqueTokens.create().token}`;
  const document: ApiKey = {
    _id: ids.next("key"),
    user_id: userId,
    name: body.name,
    key_hash: opaqueTokens.hash(key),
    last_four: key.slice(-4),
    scopes,
    expires_at: expiresAt,
    created_at: clock.now(),
    last_used_at: null,
  };
  // Written first and counted then: of requests at once, the last to count sees all, so there are never too many.
  await apiKeys.insert(document);
  const [{ hasMore: isTooMany }, owner] = await Promise.all([
    apiKeys.list({ userId, limit: maxApiKeys }),
    users.findById(userId),
  ]);
  const isStillTheirs = stillHolds(owner, input.principal);
  if (isTooMany || !isStillTheirs) await apiKeys.remove({ userId, keyId: document._id });
  // Whoever ended this sign-in, or took the account over, could not see the new key.
  if (!isStillTheirs)
    throw new AppError("conflict", { detail: "Your account was changed in the meantime. Try again." });
  if (isTooMany) {
    throw new AppError("unprocessable", {
      detail: `An account may have ${maxApiKeys} API keys. Delete one that is not used any more.`,
    });
  }
  return { ...toApiKeyJson(document), key };
}

/** Newest first. */
export async function listApiKeys(
  { apiKeys }: Pick<Dependencies, "apiKeys">,
  input: { userId: string; limit: number; cursor?: string | undefined },
): Promise<{ data: ApiKeyJson[]; next_cursor: string | null }> {
  const { userId, limit, cursor } = input;
  const page = await apiKeys.list({ userId, beforeId: decodeIdCursor(cursor), limit });
  return {
    data: page.items.map(toApiKeyJson),
    next_cursor: nextCursor(page, cursorById),
  };
}

/** From now on the key opens nothing. @throws AppError `not_found`, `forbidden` */
export async function deleteApiKey(
  { apiKeys }: Pick<Dependencies, "apiKeys">,
  input: { userId: string; keyId: string },
): Promise<void> {
  const removed = (await apiKeys.remove(input)) ? input.keyId : null;
  await requireOwned("API key", removed, () => apiKeys.exists(input.keyId));
}

/**
 * The account that a key belongs to. One read by the key's hash: a key has 256 random bits, so there is nothing to learn
 * from how long the search takes. That the key was used is noted without making the request wait.
 * @throws AppError `unauthenticated` for a key that does not exist (any more)
 */
export async function identifyApiKey(
  { apiKeys, opaqueTokens, clock, logger }: Omit<Dependencies, "ids"> & { readonly logger: Logger },
  key: string,
): Promise<Identity> {
  const hash = opaqueTokens.hash(key);
  const found = await apiKeys.findByHash(hash);
  const now = clock.now();
  const isRight = found !== null && timingSafeEqual(Buffer.from(found.key_hash), Buffer.from(hash));
  if (!isRight || (found.expires_at && found.expires_at <= now)) {
    throw new AppError("unauthenticated", { detail: "The API key is not valid, has expired or was deleted." });
  }
  const unlessAfter = new Date(now.getTime() - lastUseResolutionMs);
  if (found.last_used_at === null || found.last_used_at <= unlessAfter) {
    void apiKeys
      .recordUse({ keyId: found._id, unlessAfter, now })
      .catch((error: unknown) => logger.warn({ error, apiKeyId: found._id }, "use of an API key not noted"));
  }
  return {
    userId: found.user_id,
    tokenVersion: null,
    sessionId: null,
    scopes: found.scopes ?? defaultApiKeyScopes,
  };
}

function toApiKeyJson(key: ApiKey): ApiKeyJson {
  return {
    id: key._id,
    name: key.name,
    prefix: apiKeyPrefix,
    last_four: key.last_four,
    scopes: [...(key.scopes ?? defaultApiKeyScopes)],
    expires_at: key.expires_at?.toISOString() ?? null,
    created_at: key.created_at.toISOString(),
    last_used_at: key.last_used_at?.toISOString() ?? null,
  };
}
