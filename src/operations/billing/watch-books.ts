import { usableCredits } from "../../domain/allowance.ts";
import type { CreditAudit } from "../../ports/billing.ts";
import type { Logger } from "../../ports/platform.ts";
import type { Telemetry } from "../../ports/telemetry.ts";

const pageSize = 500;

/**
 * Counts the accounts that do not balance in themselves: what they have, hold and have spent is not what they were
 * granted. An account's numbers change together, so one look is enough. The ledger, which is larger by far, is compared
 * by `npm run credits:audit`.
 */
export async function watchBooks({
  creditAudit,
  telemetry,
  logger,
}: {
  readonly creditAudit: Pick<CreditAudit, "listUsers">;
  readonly telemetry: Pick<Telemetry, "observe">;
  readonly logger: Logger;
}): Promise<{ accounts: number; wrong: number }> {
  let accounts = 0;
  let wrong = 0;
  let afterId: string | undefined;
  do {
    const users = await creditAudit.listUsers({ afterId, limit: pageSize });
    for (const user of users) {
      if (usableCredits(user) + user.credits_spent === user.credits_granted) continue;
      wrong += 1;
      logger.error({ userId: user._id }, "books of an account do not balance");
    }
    accounts += users.length;
    afterId = users.length < pageSize ? undefined : users.at(-1)?._id;
  } while (afterId !== undefined);
  telemetry.observe("muse.credits.imbalance", wrong);
  return { accounts, wrong };
}
