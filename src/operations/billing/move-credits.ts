import { AppError } from "../../domain/errors.ts";
import { type LedgerEntry, ledgerEntry } from "../../domain/ledger.ts";
import { nextReclaim, noReclaim, type WantedBack } from "../../domain/payment.ts";
import type { User } from "../../domain/user.ts";
import type { CreditAccounts } from "../../ports/billing.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { CreditDependencies } from "./billing-dependencies.ts";

/** How often a movement is tried while others move credits of the same account. */
const maxTries = 20;

const tooBusy = () =>
  new AppError("unavailable", { detail: "The account changes too fast.", retryAfterSeconds: 1, isRetryable: true });

/** Writes an entry that an account carries into the ledger, and takes it off the account. Safe to repeat. */
export async function bookEntry(
  {
    ledger,
    creditAccounts,
  }: { readonly ledger: Ledger; readonly creditAccounts: Pick<CreditAccounts, "confirmBooked"> },
  entry: LedgerEntry,
): Promise<void> {
  await ledger.record(entry);
  await creditAccounts.confirmBooked({ userId: entry.user_id, entryId: entry._id });
}

/**
 * Gives credits, or takes them if the entry is negative, once by the entry's id, however often and from however many instances it is called.
 * @returns whether they were given by this call
 * @throws AppError `not_found` when there is no such account, `unprocessable` when it has fewer than are taken
 */
export async function grantCredits(dependencies: CreditDependencies, entry: LedgerEntry): Promise<boolean> {
  // An account remembers its newest grants only; the ledger knows all that were booked.
  if ((await dependencies.ledger.find(entry)) !== null) return false;
  const outcome = await dependencies.creditAccounts.grant({
    userId: entry.user_id,
    entry,
    now: dependencies.clock.now(),
  });
  if (outcome === "no_account") throw new AppError("not_found", { detail: "There is no such account." });
  if (outcome === "changed")
    throw new AppError("unprocessable", { detail: "The account has fewer credits than that." });
  if (outcome === "granted") await bookEntry(dependencies, entry);
  else await bookCarried(dependencies, entry);
  return outcome === "granted";
}

/** A repeat may find the entry where a crash left it: the account has the credits, the ledger not the entry. */
async function bookCarried(dependencies: CreditDependencies, { _id, user_id }: LedgerEntry): Promise<void> {
  const user = await dependencies.users.findById(user_id);
  const carried = user?.unbooked_entries?.find((entry) => entry._id === _id);
  if (carried !== undefined) await bookEntry(dependencies, carried);
}

/**
 * Gives what a change of plan or a paid period is worth. A change to a cheaper plan gives money back at Stripe; its
 * credits stay and are owed, and what is given next makes them up. So changing to and fro gains nothing.
 * @param input.entry with what it would give if nothing was owed; negative for a cheaper plan
 */
export async function grantPlanCredits(dependencies: CreditDependencies, entry: LedgerEntry): Promise<boolean> {
  const { users, ledger, creditAccounts, clock } = dependencies;
  if ((await ledger.find(entry)) !== null) return false;
  for (let tried = 0; tried < maxTries; tried += 1) {
    const user = await users.findById(entry.user_id);
    if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
    const owed = user.plan_credit_debt ?? 0;
    const after = Math.max(0, owed - entry.amount_credits);
    const given = { ...entry, amount_credits: Math.max(0, entry.amount_credits - owed) };
    const outcome = await creditAccounts.grant({
      userId: entry.user_id,
      entry: withDebt(given, owed, after),
      debtCredits: { before: owed, after },
      now: clock.now(),
    });
    if (outcome === "granted") {
      await bookEntry(dependencies, withDebt(given, owed, after));
      return true;
    }
    if (outcome === "changed") continue;
    await bookCarried(dependencies, entry);
    return false;
  }
  throw tooBusy();
}

function withDebt(entry: LedgerEntry, owed: number, after: number): LedgerEntry {
  if (after > owed) return { ...entry, description: `${entry.description}: ${after - owed} credits to make up` };
  if (after < owed) return { ...entry, description: `${entry.description}, less ${owed - after} made up` };
  return entry;
}

/**
 * Takes credits back whose money went back, as far as they are there; gives them back when it came again, because a
 * dispute was won or a refund failed.
 * @param input.wanted what is asked back in all, of a charge that gave `grantedCredits`
 * @returns how the balance changed, in credits
 */
export async function reclaimCredits(
  dependencies: CreditDependencies,
  input: {
    readonly userId: string;
    readonly chargeId: string;
    readonly grantedCredits: number;
    readonly wanted: WantedBack;
  },
): Promise<number> {
  const { users, creditAccounts, clock } = dependencies;
  const { userId, chargeId, grantedCredits, wanted } = input;
  for (let tried = 0; tried < maxTries; tried += 1) {
    const user = await users.findById(userId);
    if (user === null) return 0;
    const before = user.reclaims?.[chargeId];
    const next = nextReclaim(before ?? noReclaim, wanted, { grantedCredits, balanceCredits: user.credits_remaining });
    if (next === null) {
      await bookAllCarried(dependencies, user);
      return 0;
    }
    const { reclaim, changeCredits } = next;
    const now = clock.now();
    const entry =
      changeCredits === 0
        ? null
        : ledgerEntry({
            userId,
            reason: wanted.reason,
            resourceId: `${chargeId}:${reclaim.changes}`,
            amountCredits: changeCredits,
            description: describe(wanted.reason, changeCredits),
            now,
          });
    if (await creditAccounts.reclaim({ userId, chargeId, before, after: reclaim, changeCredits, entry, now })) {
      if (entry !== null) await bookEntry(dependencies, entry);
      return changeCredits;
    }
  }
  throw tooBusy();
}

function describe(reason: WantedBack["reason"], changeCredits: number): string {
  if (reason === "refund")
    return `Credits of a payment ${changeCredits > 0 ? "whose refund failed" : "that was refunded"}`;
  return `Credits of a payment ${changeCredits > 0 ? "whose dispute was won" : "that is disputed"}`;
}

/** @returns how many entries went into the ledger */
export async function bookAllCarried(dependencies: Parameters<typeof bookEntry>[0], user: User): Promise<number> {
  const entries = user.unbooked_entries ?? [];
  for (const entry of entries) await bookEntry(dependencies, entry);
  return entries.length;
}
