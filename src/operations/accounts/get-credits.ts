import { decodeCursor, encodeCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import type { Ledger, Users } from "../../ports/database.ts";
import type { CreditsJson } from "../../schemas/accounts.ts";

/** The account's books: balance, what is set aside, what was spent and granted, and the ledger, newest first. */
export async function getCredits(
  { users, ledger }: { users: Users; ledger: Ledger },
  input: { userId: string; limit: number; cursor?: string | undefined },
): Promise<CreditsJson> {
  const [user, page] = await Promise.all([
    users.findById(input.userId),
    ledger.list({ userId: input.userId, after: decodeCursor(input.cursor), limit: input.limit }),
  ]);
  if (user === null) throw new AppError("not_found", { detail: "There is no such account." });
  const last = page.items.at(-1);
  return {
    balance: user.credits_remaining,
    held: Object.values(user.credit_holds).reduce((sum, credits) => sum + credits, 0),
    holds: { ...user.credit_holds },
    spent: user.credits_spent,
    granted: user.credits_granted,
    ledger: page.items.map((entry) => ({
      id: entry._id,
      reason: entry.reason,
      resource_id: entry.resource_id,
      amount: entry.amount_credits,
      description: entry.description,
      created_at: entry.created_at.toISOString(),
    })),
    next_cursor: page.hasMore && last !== undefined ? encodeCursor({ at: last.created_at, id: last._id }) : null,
  };
}
