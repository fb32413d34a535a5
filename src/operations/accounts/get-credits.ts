import { usableCredits } from "../../domain/allowance.ts";
import { decodeTotalCursor, encodeTotalCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import { lowBalanceCredits } from "../../domain/plans.ts";
import type { CreditAccounts } from "../../ports/billing.ts";
import type { Ledger } from "../../ports/credit-ledger.ts";
import type { Users } from "../../ports/users.ts";
import type { CreditsJson } from "../../schemas/accounts.ts";
import { bookAllCarried } from "../billing/move-credits.ts";

/**
 * The account's books: balance, what is set aside, what was spent and granted, and the ledger, newest first. Each entry
 * has the total after it, counted back from today's: the cursor carries it on, so no page reads the ones before.
 */
export async function getCredits(
  {
    users,
    ledger,
    creditAccounts,
  }: { users: Users; ledger: Ledger; creditAccounts: Pick<CreditAccounts, "confirmBooked"> },
  input: { userId: string; limit: number; cursor?: string | undefined },
): Promise<CreditsJson> {
  const after = decodeTotalCursor(input.cursor);
  const list = () => ledger.list({ userId: input.userId, after, limit: input.limit });
  const [user, listed] = await Promise.all([users.findById(input.userId), list()]);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  // Credits that the account has and the ledger does not know yet are explained first.
  const page = (await bookAllCarried({ ledger, creditAccounts }, user)) > 0 ? await list() : listed;
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
