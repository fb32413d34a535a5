import { roleOf } from "../../domain/roles.ts";
import type { User } from "../../domain/user.ts";
import type { Clock } from "../../ports/platform.ts";
import type { UserAccounts } from "../../ports/user-accounts.ts";

export interface RoleDependencies {
  readonly userAccounts: UserAccounts;
  readonly adminEmails: readonly string[];
  readonly clock: Clock;
}

/** Writes the role that `ADMIN_EMAILS` gives or takes away into the account. Asked whenever somebody signs in. */
export async function alignRole({ userAccounts, adminEmails, clock }: RoleDependencies, user: User): Promise<User> {
  const role = roleOf(user, adminEmails);
  if (role === user.role) return user;
  const grantedBy = role === "admin" ? "settings" : null;
  return (await userAccounts.setRole({ userId: user._id, role, grantedBy, now: clock.now() })) ?? user;
}
