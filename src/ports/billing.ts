import type { LedgerEntry } from "../domain/ledger.ts";
import type {
  ChargeFacts,
  CheckoutFacts,
  DisputeFacts,
  InvoiceFacts,
  Reclaim,
  RefundFacts,
} from "../domain/payment.ts";
import type { SubscriptionTier } from "../domain/plans.ts";
import type { Subscription, SubscriptionFacts, SubscriptionStatus } from "../domain/subscription.ts";
import type { OpenCheckout, User } from "../domain/user.ts";
import type { Ledger } from "./credit-ledger.ts";

/** An event of the payment service whose signature was right. */
export interface PaymentEvent {
  readonly id: string;
  readonly type: string;
  /** By the service's clock. */
  readonly createdAt: Date;
  /** What it is about, as it was then: read by `…Of` of the service where the thing itself cannot be read any more. */
  readonly object: unknown;
}

/** Words to say to whoever may deliver an event: it is not signed as it should be. */
export type RefusedEvent = { readonly refused: string };

/**
 * The service that takes the money. What it reads is current; null means that the service does not know the thing.
 * All throw `AppError("unavailable")` when it is away or refuses the account's key.
 */
export interface PaymentService {
  /** @throws AppError as above; a repeated call with the same key makes no second customer */
  createCustomer(input: { userId: string; email: string | null; name: string | null; key: string }): Promise<string>;
  /** Null: it does not know the customer (any more). */
  createCheckout(input: {
    customerId: string;
    userId: string;
    priceId: string;
    /** Says what is bought; comes back with every event about it. */
    purchase:
      | { readonly kind: "subscription"; readonly plan: string; readonly interval: string; readonly trialDays: number }
      | { readonly kind: "pack"; readonly pack: string; readonly credits: number };
    successUrl: string;
    cancelUrl: string;
    key: string;
  }): Promise<{ readonly id: string; readonly url: string } | null>;
  /** Closes a page that is open to pay on. @returns false: it was paid, or is gone, and stays as it is */
  expireCheckout(checkoutId: string): Promise<boolean>;
  /** Ids of the pages that the customer can still pay on. */
  listOpenCheckouts(customerId: string): Promise<readonly string[]>;
  /** A page to manage the subscription; with `change`, to confirm another price. Null as above. */
  createPortal(input: {
    customerId: string;
    returnUrl: string;
    change?: { readonly subscriptionId: string; readonly itemId: string; readonly priceId: string };
  }): Promise<{ readonly url: string } | null>;
  /** Ends a subscription at once. One that is gone or has ended is as good. */
  cancelSubscription(subscriptionId: string): Promise<void>;
  deleteCustomer(customerId: string): Promise<void>;

  readSubscription(subscriptionId: string): Promise<SubscriptionFacts | null>;
  readInvoice(invoiceId: string): Promise<InvoiceFacts | null>;
  readCheckout(checkoutId: string): Promise<CheckoutFacts | null>;
  readCharge(chargeId: string): Promise<ChargeFacts | null>;
  readDispute(disputeId: string): Promise<DisputeFacts | null>;
  /** What a payment paid for. */
  findPaid(paymentId: string): Promise<{ readonly invoiceId?: string; readonly checkoutId?: string }>;
  /** Newest first: all that were made since, or those of a customer that live. */
  listSubscriptions(input: { since: Date } | { customerId: string }): Promise<readonly SubscriptionFacts[]>;
  /** Newest first, all that were made since. */
  listPaidInvoices(input: { since: Date }): Promise<readonly InvoiceFacts[]>;
  listFinishedCheckouts(input: { since: Date }): Promise<readonly CheckoutFacts[]>;
  /** What was refunded since, one a charge. */
  listRefunds(input: { since: Date }): Promise<readonly RefundFacts[]>;
  /** Disputes that began since, each with its charge as above. */
  listDisputes(input: { since: Date }): Promise<readonly (DisputeFacts & { readonly charge: ChargeFacts | null })[]>;
  /** Events of these types since that an endpoint did not take; newest first. Stripe keeps them for thirty days. */
  listUndelivered(input: { since: Date; types: readonly string[] }): Promise<readonly PaymentEvent[]>;

  /** @returns the event, or why it is not to be believed */
  verifyEvent(input: { body: Uint8Array; signature: string | null; now: Date }): Promise<PaymentEvent | RefusedEvent>;
  /** The object of an event, as one of these; null when it is none. */
  subscriptionOf(object: unknown): SubscriptionFacts | null;
  invoiceOf(object: unknown): InvoiceFacts | null;
  checkoutOf(object: unknown): CheckoutFacts | null;
  chargeOf(object: unknown): ChargeFacts | null;
  refundOf(object: unknown): RefundFacts | null;
  disputeOf(object: unknown): DisputeFacts | null;
}

export interface Subscriptions {
  find(userId: string): Promise<Subscription | null>;
  findByStripeId(subscriptionId: string): Promise<Subscription | null>;
  /** Writes it if it still has the revision before (0: if the account has none). False: somebody else was faster. */
  save(subscription: Subscription): Promise<boolean>;
  /** The account's document agrees with this revision, and the audit log has it. */
  confirm(input: { userId: string; revision: number }): Promise<void>;
  /** Whose account may not agree, though they were changed before `before`; oldest first. */
  findUnconfirmed(input: { before: Date; limit: number }): Promise<readonly Subscription[]>;
  /** Of one status, whose period ended before `before`; the earliest end first. */
  findEnded(input: { status: SubscriptionStatus; before: Date; limit: number }): Promise<readonly Subscription[]>;
  /** Of one status, that were not compared since `before`; longest ago first. */
  findUnverified(input: { status: SubscriptionStatus; before: Date; limit: number }): Promise<readonly Subscription[]>;
  /** Notes that it was compared. False: it has another revision by now. */
  markVerified(input: { subscriptionId: string; revision: number; now: Date }): Promise<boolean>;
}

/** The ledger as billing needs it. */
export interface BillingLedger extends Ledger {
  /** What was given for payments under one of these ids of the payment service. */
  findPaid(sourceIds: readonly string[]): Promise<readonly LedgerEntry[]>;
}

/** What billing keeps in the document of an account. */
export interface BillingAccounts {
  findByCustomer(customerId: string): Promise<User | null>;
  /** @param instead the customer that was known so far. @returns the customer that the account has now */
  setCustomer(input: { userId: string; customerId: string; instead?: string | undefined }): Promise<string | null>;
  /** Notes the page that was opened last to pay for a plan. @returns the one before, of several at once each another */
  replaceCheckout(input: { userId: string; checkout: OpenCheckout }): Promise<OpenCheckout | null>;
  /** Does nothing when the account has heard of a later revision. */
  applySubscription(input: {
    userId: string;
    tier: SubscriptionTier;
    expiresAt: Date | null;
    /** When a free account is topped up next, if it has no date for that yet; null for a plan that is paid. */
    allowanceRenewsAt: Date | null;
    revision: number;
    now: Date;
  }): Promise<void>;
}

export type GrantOutcome = "granted" | "repeated" | "changed" | "no_account";

/**
 * Credits that come and go by other ways than work. Each movement is one atomic update of the account, which also
 * carries the ledger's entry until the ledger has it: so a crash in between neither loses nor doubles anything.
 */
export interface CreditAccounts {
  /**
   * Adds the entry's credits to balance and granted, once by the entry's id. Negative ones are taken: `changed` when
   * there are fewer.
   * @param debtCredits that the account owed when it was read, and owes afterwards; `changed` when it does not owe that
   */
  grant(input: {
    userId: string;
    entry: LedgerEntry;
    debtCredits?: { readonly before: number; readonly after: number };
    now: Date;
  }): Promise<GrantOutcome>;
  /**
   * Takes credits of a charge back, or gives them back again. @returns false when balance or charge changed since they were read
   */
  reclaim(input: {
    userId: string;
    chargeId: string;
    before: Reclaim | undefined;
    after: Reclaim;
    /** Of the balance; negative when credits are taken. */
    changeCredits: number;
    entry: LedgerEntry | null;
    now: Date;
  }): Promise<boolean>;
  /** Tops a free account up and sets the next date. False: it was done, or the account changed since it was read. */
  renewAllowance(input: {
    userId: string;
    dueAt: Date;
    nextAt: Date;
    balanceCredits: number;
    entry: LedgerEntry | null;
    now: Date;
  }): Promise<boolean>;
  findAllowancesDue(input: { now: Date; limit: number }): Promise<readonly User[]>;
  /** Accounts that carry entries since before `before`. */
  findUnbooked(input: { before: Date; limit: number }): Promise<readonly User[]>;
  /** The ledger has the entry: the account need not carry it any longer. */
  confirmBooked(input: { userId: string; entryId: string }): Promise<void>;
  /** Accounts whose balance became low and that were not told. */
  findLowBalances(input: { limit: number }): Promise<readonly User[]>;
  /** @returns whether the caller is the one to tell them */
  takeLowBalanceNotice(input: { userId: string; dueAt: Date }): Promise<boolean>;
  /** Puts the notice back: telling them did not work. */
  returnLowBalanceNotice(input: { userId: string; dueAt: Date }): Promise<void>;
}

/** Reads every account's books, for an audit. */
export interface CreditAudit {
  /** In the order of their ids. */
  listUsers(input: { afterId?: string | undefined; limit: number }): Promise<readonly User[]>;
  findUsers(userIds: readonly string[]): Promise<readonly User[]>;
  /** What the ledger says was granted (less what was taken back) and spent, by account. */
  sumLedger(userIds: readonly string[]): Promise<ReadonlyMap<string, { granted: number; spent: number }>>;
}
