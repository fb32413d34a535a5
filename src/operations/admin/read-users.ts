import { cursorByCreation, decodeCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import { lowBalanceCredits } from "../../domain/plans.ts";
import type { AdminAccounts } from "../../ports/admin.ts";
import type { Users } from "../../ports/users.ts";
import type { AdminUserJson, AdminUsersQuery } from "../../schemas/admin.ts";
import { toAdminUserJson } from "./admin-user-json.ts";
import { type AdminActor, recordAction } from "./record-action.ts";

type Dependencies = Parameters<typeof recordAction>[0] & {
  readonly adminAccounts: AdminAccounts;
  readonly users: Users;
};

/** Newest first. The look itself goes into the audit log. */
export async function listUsers(
  dependencies: Dependencies,
  input: { actor: AdminActor; query: AdminUsersQuery },
): Promise<{ data: AdminUserJson[]; next_cursor: string | null }> {
  const { q, tier, role, active, low_credits: low, limit, cursor } = input.query;
  const after = decodeCursor(cursor);
  const maxCredits = low === true ? lowBalanceCredits : low === false ? undefined : low;
  const [page] = await Promise.all([
    dependencies.adminAccounts.list({ contains: q, tier, role, isActive: active, maxCredits, after, limit }),
    recordAction(dependencies, { actor: input.actor, action: "admin.users.list", targetId: null }),
  ]);
  return {
    data: page.items.map(toAdminUserJson),
    next_cursor: nextCursor(page, cursorByCreation),
  };
}

/** @throws AppError `not_found` */
export async function readUser(
  dependencies: Dependencies,
  input: { actor: AdminActor; userId: string },
): Promise<AdminUserJson> {
  const user = await dependencies.users.findById(input.userId);
  if (user === null) throw noSuchUser();
  await recordAction(dependencies, { actor: input.actor, action: "admin.users.read", targetId: user._id });
  return toAdminUserJson(user);
}

export function noSuchUser(): AppError {
  return new AppError("not_found", { detail: "There is no such account." });
}
