import { AppError } from "../../domain/errors.ts";
import { ledgerEntry } from "../../domain/ledger.ts";
import type { User } from "../../domain/user.ts";
import { pseudonymOf } from "../../domain/user-data.ts";
import type { AdminAccounts, AdminUserChanges } from "../../ports/admin.ts";
import type { Sessions } from "../../ports/sessions.ts";
import type { Erasures } from "../../ports/user-data.ts";
import type { AdminUserChange, AdminUserJson } from "../../schemas/admin.ts";
import { grantCredits } from "../billing/move-credits.ts";
import { toAdminUserJson } from "./admin-user-json.ts";
import { noSuchUser } from "./read-users.ts";
import { type AdminActor, recordAction } from "./record-action.ts";

type Dependencies = Parameters<typeof recordAction>[0] &
  Parameters<typeof grantCredits>[0] & {
    readonly adminAccounts: AdminAccounts;
    readonly sessions: Sessions;
    readonly erasures: Erasures;
  };

interface ChangeUserInput {
  readonly actor: AdminActor;
  readonly userId: string;
  readonly body: AdminUserChange;
  /** Set aside by an idempotency key: the adjustment of credits happens once under it. */
  readonly allottedId?: string | undefined;
}

/**
 * Changes an account and writes before and after into the audit log.
 * @throws AppError `not_found`; `conflict` for the last administrator's own rights, and for an account that is being
 * erased; `unprocessable` when more credits are taken than there are
 */
export async function changeUser(dependencies: Dependencies, input: ChangeUserInput): Promise<AdminUserJson> {
  const { users } = dependencies;
  const { actor, userId, body } = input;
  const { credits_adjustment: adjustment, ...rest } = body;
  const changes = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  ) as AdminUserChanges;
  const current = await users.findById(userId);
  if (current === null) throw noSuchUser();
  await requireAllowed(dependencies, actor, current, changes);
  if (adjustment !== undefined) await adjustCredits(dependencies, input, adjustment);
  if (Object.keys(changes).length > 0) await applyChanges(dependencies, input, changes);
  const after = await users.findById(userId);
  if (after === null) throw noSuchUser();
  return toAdminUserJson(after);
}

async function requireAllowed(
  { adminAccounts, erasures }: Pick<Dependencies, "adminAccounts" | "erasures">,
  actor: AdminActor,
  current: User,
  changes: AdminUserChanges,
): Promise<void> {
  const losesRights = changes.role === "user" || changes.is_active === false;
  if (losesRights && actor.userId === current._id && !(await adminAccounts.hasOtherAdmin(actor.userId))) {
    throw new AppError("conflict", { detail: "You are the last administrator. Make somebody else one first." });
  }
  if (changes.is_active === true && (await erasures.find(pseudonymOf(current._id))) !== null) {
    throw new AppError("conflict", { detail: "This account is being erased, which cannot be undone." });
  }
}

async function applyChanges(
  dependencies: Dependencies,
  { actor, userId }: ChangeUserInput,
  changes: AdminUserChanges,
): Promise<void> {
  const { adminAccounts, sessions, clock } = dependencies;
  const now = clock.now();
  const before = await adminAccounts.change({ userId, changes, now });
  if (before === null) throw noSuchUser();
  if (changes.is_active === false) await sessions.revokeAllOf({ userId, now });
  const was = Object.keys(changes).map((field) => [field, before[field as keyof AdminUserChanges]]);
  await recordAction(dependencies, {
    actor,
    action: "admin.users.change",
    targetId: userId,
    details: { before: Object.fromEntries(was), after: changes },
  });
}

async function adjustCredits(
  dependencies: Dependencies,
  { actor, userId, allottedId }: ChangeUserInput,
  { amount, reason }: NonNullable<AdminUserChange["credits_adjustment"]>,
): Promise<void> {
  const { users, ids, clock } = dependencies;
  const before = await users.findById(userId);
  if (before === null) throw noSuchUser();
  const isNew = await grantCredits(
    dependencies,
    ledgerEntry({
      userId,
      reason: "adjustment",
      resourceId: `adj_${allottedId ?? ids.bare()}`,
      amountCredits: amount,
      description: reason,
      now: clock.now(),
    }),
  );
  if (!isNew) return;
  await recordAction(dependencies, {
    actor,
    action: "admin.users.adjust_credits",
    targetId: userId,
    details: { amount, reason, before: before.credits_remaining, after: before.credits_remaining + amount },
  });
}
