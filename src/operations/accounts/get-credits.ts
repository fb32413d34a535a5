import { usableCredits } from "../../domain/allowance.ts";
import { decodeTotalCursor, encodeTotalCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import { lowBalanceCredits } from "../../domain/plans.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Users } from "../../ports/users.ts";
import type { CreditsJson } from "../../schemas/accounts.ts";

/**
 * The account's books: balance, what is set aside, what was spent and granted, and the ledger, newest first. Each entry
 * has the total after it, counted back from today's: the cursor carries it on, so no page reads the ones before.
 */
export async function getCredits(
  { users, ledger }: { users: Users; ledger: Ledger },
  input: { userId: string; limit: number; cursor?: string | undefined },
): Promise<CreditsJson> {
  const after = decodeTotalCursor(input.cursor);
  const [user, page] = await Promise.all([
    users.findById(input.userId),
    ledger.list({ userId: input.userId, after, limit: input.limit }),
  ]);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  let total = after?.total ?? usableCredits(user);
  const totals = page.items.map((entry) => {
    const afterEntry = total;
    total -= entry.amount_credits;
    return afterEntry;
  });
  return {
    balance: user.credits_remaining,
    held: Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, 0),
    holds: { ...user.credit_holds },
    spent: user.credits_spent,
    granted: user.credits_granted,
    is_low: user.credits_remaining < lowBalanceCredits,
    low_balance: lowBalanceCredits,
    renews_at: user.allowance_renews_at?.toISOString() ?? null,
    ledger: page.items.map((entry, index) => ({
      id: entry._id,
      reason: entry.reason,
      resource_id: entry.resource_id,
      amount: entry.amount_credits,
      total_after: totals[index] ?? 0,
      description: entry.description,
      created_at: entry.created_at.toISOString(),
    })),
    next_cursor: nextCursor(page, (last) => encodeTotalCursor({ at: last.created_at, id: last._id, total })),
  };
}
