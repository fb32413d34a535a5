import { usableCredits } from "../../domain/allowance.ts";
import type { User } from "../../domain/user.ts";
import type { CreditAudit } from "../../ports/billing.ts";
import type { Clock } from "../../ports/platform.ts";

const pageSize = 500;
/** Work that ends in this moment is booked in two steps; an account is wrong only if it stays wrong. */
const looks = 3;
const pauseMs = 2_000;

export interface WrongBooks {
  readonly userId: string;
  readonly problems: readonly string[];
}

type LedgerSums = { readonly granted: number; readonly spent: number };

/**
 * Proves of every account that its books balance: balance + holds + spent = granted, nothing below zero, and the ledger
 * explains what was granted and what was spent.
 * @returns how many accounts there are, and those whose books do not balance
 */
export async function auditCredits({
  audit,
  clock,
}: {
  readonly audit: CreditAudit;
  readonly clock: Clock;
}): Promise<{ accounts: number; wrong: readonly WrongBooks[] }> {
  const wrong: WrongBooks[] = [];
  let accounts = 0;
  let afterId: string | undefined;
  for (;;) {
    const users = await audit.listUsers({ afterId, limit: pageSize });
    accounts += users.length;
    let suspects = await check(audit, users);
    for (let look = 1; look < looks && suspects.length > 0; look += 1) {
      await clock.sleep(pauseMs);
      suspects = await checkAgain(audit, suspects);
    }
    wrong.push(...suspects);
    afterId = users.at(-1)?._id;
    if (users.length < pageSize || afterId === undefined) return { accounts, wrong };
  }
}

async function check(audit: CreditAudit, users: readonly User[]): Promise<WrongBooks[]> {
  const sums = await audit.sumLedger(users.map(({ _id }) => _id));
  return users.flatMap((user) => {
    const problems = problemsOf(user, sums.get(user._id) ?? { granted: 0, spent: 0 });
    return problems.length === 0 ? [] : [{ userId: user._id, problems }];
  });
}

async function checkAgain(audit: CreditAudit, suspects: readonly WrongBooks[]): Promise<WrongBooks[]> {
  return check(audit, await audit.findUsers(suspects.map(({ userId }) => userId)));
}

/** What is wrong with one account's books; empty if nothing is. */
export function problemsOf(user: User, ledger: LedgerSums): string[] {
  const { credits_remaining: balance, credits_spent: spent, credits_granted: granted, credit_holds: holds } = user;
  const usable = usableCredits(user);
  // The ledger may not have these yet; the account has them.
  const carried = (user.unbooked_entries ?? []).reduce((sum, entry) => sum + entry.amount_credits, 0);
  const numbers = [balance, spent, granted, ...Object.values(holds)];
  return [
    ...(numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
      ? []
      : ["a number below zero or broken"]),
    ...(usable + spent === granted ? [] : [`balance and holds ${usable} + spent ${spent} is not granted ${granted}`]),
    ...(spent === ledger.spent ? [] : [`spent ${spent}, by the ledger ${ledger.spent}`]),
    ...(granted === ledger.granted || granted === ledger.granted + carried
      ? []
      : [`granted ${granted}, by the ledger ${ledger.granted}`]),
  ];
}
