import { nextRenewal, topUpCredits } from "../../domain/allowance.ts";
import { ledgerEntry } from "../../domain/ledger.ts";
import { plans } from "../../domain/plans.ts";
import type { User } from "../../domain/user.ts";
import type { CreditDependencies } from "./billing-dependencies.ts";
import { bookAllCarried, bookEntry } from "./move-credits.ts";

const batchSize = 200;
/** The timer's lock lasts 55 s; what is left over is done by the next run. In ms. */
const patienceMs = 30_000;
/** An entry that an account carries for this long was left by a crash. In ms. */
const unbookedAfterMs = 30_000;

/** Tops free accounts up whose month is over, and books what crashes left unbooked. Safe to run twice or late. */
export async function renewAllowances(
  dependencies: CreditDependencies,
): Promise<{ renewed: number; credits: number; booked: number }> {
  const { creditAccounts, clock } = dependencies;
  const startedAt = clock.now();
  let renewed = 0;
  let credits = 0;
  while (clock.now().getTime() - startedAt.getTime() < patienceMs) {
    const due = await creditAccounts.findAllowancesDue({ now: startedAt, limit: batchSize });
    let moved = 0;
    for (const user of due) {
      const given = await renewAllowance(dependencies, user);
      if (given === null) continue;
      moved += 1;
      credits += given;
    }
    renewed += moved;
    if (moved === 0 || due.length < batchSize) break;
  }
  let booked = 0;
  const before = new Date(startedAt.getTime() - unbookedAfterMs);
  for (const user of await creditAccounts.findUnbooked({ before, limit: batchSize })) {
    booked += await bookAllCarried(dependencies, user);
  }
  return { renewed, credits, booked };
}

/**
 * Tops one account up if its month is over.
 * @returns the credits that were given; null when it is not due, or somebody else did it
 */
export async function renewAllowance(
  dependencies: Pick<CreditDependencies, "creditAccounts" | "ledger" | "clock">,
  user: User,
): Promise<number | null> {
  const { creditAccounts, clock } = dependencies;
  const now = clock.now();
  const dueAt = user.allowance_renews_at;
  if (dueAt === undefined || dueAt > now || user.subscription_tier !== "free" || !user.is_active) return null;
  const amountCredits = topUpCredits(user, plans.free.credits_per_month);
  const entry =
    amountCredits === 0
      ? null
      : ledgerEntry({
          userId: user._id,
          reason: "allowance",
          resourceId: `${user._id}:${dueAt.toISOString().slice(0, 10)}`,
          amountCredits,
          description: `Monthly credits of ${plans.free.title}, up to ${plans.free.credits_per_month}`,
          now,
        });
  const isOurs = await creditAccounts.renewAllowance({
    userId: user._id,
    dueAt,
    nextAt: nextRenewal(dueAt, now),
    balanceCredits: user.credits_remaining,
    entry,
    now,
  });
  if (!isOurs) return null;
  if (entry !== null) await bookEntry(dependencies, entry);
  return amountCredits;
}
