import { isDeepStrictEqual } from "node:util";
import { AppError, isAppError } from "../../domain/errors.ts";
import { ledgerEntry } from "../../domain/ledger.ts";
import { roleOf } from "../../domain/roles.ts";
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
    readonly adminEmails: readonly string[];
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
 * @throws AppError `not_found`; `conflict` for the last administrator's rights, and for an account that is being
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
  if (adjustment !== undefined) await adjustCredits(dependencies, input, adjustment, current);
  if (Object.keys(changes).length > 0) await applyChanges(dependencies, input, changes, current);
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
  if (losesRights(changes) && actor.userId === current._id && !(await adminAccounts.hasOtherAdmin(actor.userId))) {
    throw lastAdministrator();
  }
  if (changes.is_active === true && (await erasures.find(pseudonymOf(current._id))) !== null) {
    throw new AppError("conflict", { detail: "This account is being erased, which cannot be undone." });
  }
}

type Changed = Partial<Record<keyof AdminUserChanges, unknown>>;

/** What an account has in the fields that are to change. */
function valuesOf(user: User, changes: AdminUserChanges): Changed {
  const fields = Object.keys(changes) as (keyof AdminUserChanges)[];
  return Object.fromEntries(fields.map((field) => [field, user[field]]));
}

/** The entry comes first: a crash leaves an entry without its change, never a change without an entry. */
async function applyChanges(
  dependencies: Dependencies,
  { actor, userId }: ChangeUserInput,
  changes: AdminUserChanges,
  current: User,
): Promise<void> {
  const { adminAccounts, sessions, clock } = dependencies;
  const record = (before: Changed, after: Changed) =>
    recordAction(dependencies, { actor, action: "admin.users.change", targetId: userId, details: { before, after } });
  const foreseen = valuesOf(current, changes);
  await record(foreseen, changes);
  const now = clock.now();
  const before = await adminAccounts.change({ userId, changes, now });
  if (before === null) throw noSuchUser();
  const was = valuesOf(before, changes);
  // Somebody else changed the same in this moment: one more entry, of what was changed in fact.
  if (!isDeepStrictEqual(was, foreseen)) await record(was, changes);
  if (losesRights(changes) && isActiveAdmin(before) && !(await isAnybodyLeft(dependencies, actor, userId))) {
    const undone = { role: before.role, is_active: before.is_active };
    await record(changes, undone);
    await adminAccounts.change({ userId, changes: undone, now: clock.now() });
    throw lastAdministrator();
  }
  if (changes.is_active === false) await sessions.revokeAllOf({ userId, now });
}

const losesRights = (changes: AdminUserChanges) => changes.role === "user" || changes.is_active === false;
const isActiveAdmin = ({ role, is_active }: User) => is_active && role === "admin";
const lastAdministrator = () =>
  new AppError("conflict", { detail: "This is the last administrator. Make somebody else one first." });

/** Asked after the change: of two administrators who take each other's rights in one moment, both were let in. */
async function isAnybodyLeft(
  { adminAccounts, users, adminEmails }: Dependencies,
  actor: AdminActor,
  userId: string,
): Promise<boolean> {
  if (await adminAccounts.hasOtherAdmin(userId)) return true;
  const acting = actor.userId === userId ? null : await users.findById(actor.userId);
  return acting?.is_active === true && roleOf(acting, adminEmails) === "admin";
}

async function adjustCredits(
  dependencies: Dependencies,
  { actor, userId, allottedId }: ChangeUserInput,
  { amount, reason }: NonNullable<AdminUserChange["credits_adjustment"]>,
  before: User,
): Promise<void> {
  const { ids, clock } = dependencies;
  const entry = ledgerEntry({
    userId,
    reason: "adjustment",
    resourceId: `adj_${allottedId ?? ids.bare()}`,
    amountCredits: amount,
    description: reason,
    now: clock.now(),
  });
  const action = "admin.users.adjust_credits";
  const details = { amount, reason, before: before.credits_remaining, after: before.credits_remaining + amount };
  const record = (id: string, what: string) =>
    recordAction(dependencies, { id, actor, action: what, targetId: userId, details });
  // First, under an id that follows from the movement's: a crash leaves no movement without it, a repeat finds it written.
  await record(`audit_${entry.resource_id}`, action);
  try {
    await grantCredits(dependencies, entry);
  } catch (error) {
    if (isAppError(error) && error.code === "unprocessable") {
      await record(`audit_${entry.resource_id}_refused`, `${action}_refused`);
    }
    throw error;
  }
}
