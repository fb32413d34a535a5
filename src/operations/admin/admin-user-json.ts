import type { User } from "../../domain/user.ts";
import type { AdminUserJson } from "../../schemas/admin.ts";
import { toUserJson } from "../accounts/user-json.ts";

/** An account as administrators see it: what its owner sees, its state and its books. */
export function toAdminUserJson(user: User): AdminUserJson {
  return {
    ...toUserJson(user),
    is_active: user.is_active,
    credits: {
      balance: user.credits_remaining,
      held: Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, 0),
      spent: user.credits_spent,
      granted: user.credits_granted,
    },
    subscription_expires_at: user.subscription_expires_at?.toISOString() ?? null,
    last_generation_at: user.last_generation_at?.toISOString() ?? null,
  };
}
