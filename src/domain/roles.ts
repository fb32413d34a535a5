import type { Role, User } from "./user.ts";

/**
 * The role that holds for an account now. A verified address in `ADMIN_EMAILS` makes it an administrator; an account
 * that was made one by the list alone is none any more once it is off the list.
 * @param adminEmails in lower case
 */
export function roleOf(
  user: Pick<User, "email" | "is_verified" | "role" | "role_granted_by">,
  adminEmails: readonly string[],
): Role {
  if (user.is_verified && user.email !== undefined && adminEmails.includes(user.email)) return "admin";
  return user.role === "admin" && user.role_granted_by !== "settings" ? "admin" : "user";
}
