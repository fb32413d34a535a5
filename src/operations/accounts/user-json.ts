import { linkedProviders } from "../../domain/oauth.ts";
import type { User } from "../../domain/user.ts";
import type { UserJson } from "../../schemas/accounts.ts";

/** An account as its owner sees it: no hash, no holds, no counters of tokens. */
export function toUserJson(user: User): UserJson {
  return {
    id: user._id,
    username: user.username ?? null,
    email: user.email ?? null,
    full_name: user.full_name,
    avatar_url: user.avatar_url,
    profile: { ...user.profile },
    auth_provider: user.auth_provider,
    linked_providers: linkedProviders(user.linked_identities),
    has_password: user.hashed_password !== undefined,
    is_guest: user.auth_provider === "guest",
    is_verified: user.is_verified,
    role: user.role,
    subscription_tier: user.subscription_tier,
    credits_remaining: user.credits_remaining,
    total_generations: user.total_generations,
    last_login_at: user.last_login_at?.toISOString() ?? null,
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
  };
}
