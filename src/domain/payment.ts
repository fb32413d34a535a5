import type { BillingInterval, CreditPackName, PaidPlan } from "./plans.ts";

/** What Stripe says of payments, in Muse's words. Amounts are in the currency's smallest unit. */

/** A line of an invoice that is about a plan. */
export interface InvoiceLine {
  /** Null: the line does not name a plan's price. */
  readonly plan: PaidPlan | null;
  readonly interval: BillingInterval | null;
  readonly amountMinor: number;
  /** Money for a part of a period, after the plan was changed in its middle; negative for the plan that was left. */
  readonly isProration: boolean;
  readonly periodStart: Date;
  readonly periodEnd: Date;
}

export interface InvoiceFacts {
  readonly id: string;
  readonly customerId: string | null;
  readonly userId: string | null;
  readonly subscriptionId: string | null;
  /** Null: it does not say. */
  readonly isPaid: boolean | null;
  /** The first invoice of a subscription: without its payment there is no plan yet that could become past due. */
  readonly isFirst: boolean;
  readonly amountMinor: number;
  readonly lines: readonly InvoiceLine[];
  /** Ids that a later refund may name: the invoice's own, its payment's, its charge's. */
  readonly sourceIds: readonly string[];
}

export interface CheckoutFacts {
  readonly id: string;
  /** `other`: nothing is paid by it. */
  readonly kind: "subscription" | "pack" | "other";
  readonly isPaid: boolean;
  readonly userId: string | null;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  /** Of a subscription's first period. */
  readonly invoiceId: string | null;
  /** Both null: it does not say which pack it is. */
  readonly packCredits: number | null;
  readonly pack: CreditPackName | null;
  readonly amountMinor: number;
  readonly sourceIds: readonly string[];
}

export interface ChargeFacts {
  readonly id: string;
  readonly customerId: string | null;
  readonly paymentId: string | null;
  readonly invoiceId: string | null;
  readonly amountMinor: number;
  /** All refunds together. */
  readonly refundedMinor: number;
  readonly sourceIds: readonly string[];
}

export interface DisputeFacts {
  readonly id: string;
  readonly chargeId: string;
  readonly paymentId: string | null;
  readonly amountMinor: number;
  /** Whether the money is away: disputed or lost, and not merely asked about or won back. */
  readonly isMoneyAway: boolean;
  readonly isClosed: boolean;
}

/** How many credits of `granted` belong to a part of what was paid for them. */
export function shareOfCredits(grantedCredits: number, partMinor: number, wholeMinor: number): number {
  if (partMinor <= 0) return 0;
  if (wholeMinor <= 0 || partMinor >= wholeMinor) return grantedCredits;
  return Math.floor((grantedCredits * partMinor) / wholeMinor);
}

/** What was taken back of one charge's credits. Kept in the account's document, under the charge's id. */
export interface Reclaim {
  /** Credits that refunds ask back, and that disputes ask back. */
  readonly refund_credits: number;
  readonly dispute_credits: number;
  /** Credits that were there to be taken. */
  readonly taken_credits: number;
  /** Number of changes; names their entries in the ledger. */
  readonly changes: number;
  /** A closed dispute is not opened again by an event that comes late. */
  readonly is_dispute_closed?: true;
}

export const noReclaim: Reclaim = { refund_credits: 0, dispute_credits: 0, taken_credits: 0, changes: 0 };

/**
 * The next state of a charge's credits, and how the balance changes by it.
 * @param balanceCredits what is there; no more than this is taken
 * @returns null when nothing changes
 */
export function nextReclaim(
  current: Reclaim,
  wanted: { readonly refundCredits?: number; readonly disputeCredits?: number; readonly closesDispute?: boolean },
  { grantedCredits, balanceCredits }: { readonly grantedCredits: number; readonly balanceCredits: number },
): { readonly reclaim: Reclaim; readonly changeCredits: number } | null {
  const isLate = current.is_dispute_closed === true && wanted.closesDispute !== true;
  // Refunds only ever add up, so a smaller sum is an older one.
  const refund = Math.max(current.refund_credits, wanted.refundCredits ?? 0);
  const dispute = isLate ? current.dispute_credits : (wanted.disputeCredits ?? current.dispute_credits);
  const before = Math.min(grantedCredits, current.refund_credits + current.dispute_credits);
  const after = Math.min(grantedCredits, refund + dispute);
  const isClosed = current.is_dispute_closed === true || wanted.closesDispute === true;
  const isSame = refund === current.refund_credits && dispute === current.dispute_credits;
  if (isSame && isClosed === (current.is_dispute_closed === true)) return null;
  const taken =
    after >= before
      ? current.taken_credits + Math.min(after - before, Math.max(0, balanceCredits))
      : Math.min(current.taken_credits, after);
  return {
    reclaim: {
      refund_credits: refund,
      dispute_credits: dispute,
      taken_credits: taken,
      changes: current.changes + 1,
      ...(isClosed ? { is_dispute_closed: true } : {}),
    },
    changeCredits: current.taken_credits - taken,
  };
}
