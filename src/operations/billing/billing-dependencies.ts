import type { PriceBook } from "../../domain/price-book.ts";
import type { AuditLogs } from "../../ports/audit-logs.ts";
import type {
  BillingAccounts,
  BillingLedger,
  CreditAccounts,
  PaymentService,
  Subscriptions,
} from "../../ports/billing.ts";
import type { Mailer } from "../../ports/mail.ts";
import type { UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { Users } from "../../ports/users.ts";

/** What moves credits that are not earned by work. */
export interface CreditDependencies {
  readonly users: Users;
  readonly ledger: BillingLedger;
  readonly creditAccounts: CreditAccounts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface NoticeDependencies {
  readonly users: Users;
  readonly userSettings: UserSettings;
  readonly mailer: Mailer;
  readonly publicBaseUrl: string;
  readonly logger: Logger;
}

/** What follows the payment service. */
export interface BillingDependencies extends CreditDependencies, NoticeDependencies {
  /** Null: no payment service is configured. */
  readonly payments: PaymentService | null;
  readonly prices: PriceBook;
  readonly subscriptions: Subscriptions;
  readonly billingAccounts: BillingAccounts;
  readonly auditLogs: AuditLogs;
  readonly ids: Ids;
}
