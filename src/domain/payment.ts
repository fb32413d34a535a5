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

export interface RefundFacts {
  readonly id: string;
  readonly chargeId: string;
  /** Null: what tells of the refund does not say more of its charge. */
  readonly charge: ChargeFacts | null;
  /** Whether the bank turned it down, or it was cancelled: the money is not away. */
  readonly hasFailed: boolean;
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
  /** Credits that refunds ask back, and that all disputes together ask back. */
  readonly refund_credits: number;
  readonly dispute_credits: number;
  /** By the dispute's id: a charge may have several, one after the other or each about a part of it. */
  readonly disputes?: Readonly<Record<string, DisputeReclaim>>;
  /** Credits that were there to be taken. */
  readonly taken_credits: number;
  /** Number of changes; names their entries in the ledger. */
  readonly changes: number;
}

interface DisputeReclaim {
  readonly credits: number;
  /** A closed dispute is not opened again by an event that comes late. */
  readonly is_closed: boolean;
}

export const noReclaim: Reclaim = { refund_credits: 0, dispute_credits: 0, taken_credits: 0, changes: 0 };

/** What the refunds of a charge, or one of its disputes, ask back in all. */
export type WantedBack =
  | {
      readonly reason: "refund";
      readonly credits: number;
      /** Whether fewer than before are meant: a refund failed. Else a smaller sum is an older one. */
      readonly mayFall: boolean;
    }
  | {
      readonly reason: "dispute";
      readonly disputeId: string;
      readonly credits: number;
      readonly isClosed: boolean;
    };

/**
 * The next state of a charge's credits, and how the balance changes by it.
 * @param books.balanceCredits what is there; no more than this is taken
 * @returns null when nothing changes
 */
export function nextReclaim(
  current: Reclaim,
  wanted: WantedBack,
  books: { readonly grantedCredits: number; readonly balanceCredits: number },
): { readonly reclaim: Reclaim; readonly changeCredits: number } | null {
  const asked = wanted.reason === "refund" ? withRefund(current, wanted) : withDispute(current, wanted);
  if (asked === null) return null;
  const wantedOf = ({ refund_credits, dispute_credits }: Reclaim) =>
    Math.min(books.grantedCredits, refund_credits + dispute_credits);
  const before = wantedOf(current);
  const after = wantedOf(asked);
  const taken =
    after >= before
      ? current.taken_credits + Math.min(after - before, Math.max(0, books.balanceCredits))
      : Math.min(current.taken_credits, after);
  return {
    reclaim: { ...asked, taken_credits: taken, changes: current.changes + 1 },
    changeCredits: current.taken_credits - taken,
  };
}

type WantedFor<R extends WantedBack["reason"]> = Extract<WantedBack, { readonly reason: R }>;

function withRefund(current: Reclaim, { credits, mayFall }: WantedFor<"refund">): Reclaim | null {
  const refundCredits = mayFall ? credits : Math.max(current.refund_credits, credits);
  return refundCredits === current.refund_credits ? null : { ...current, refund_credits: refundCredits };
}

function withDispute(current: Reclaim, { disputeId, credits, isClosed }: WantedFor<"dispute">): Reclaim | null {
  const known = current.disputes?.[disputeId];
  if (known?.is_closed === true && !isClosed) return null;
  if (known?.credits === credits && known.is_closed === isClosed) return null;
  const disputes = { ...current.disputes, [disputeId]: { credits, is_closed: isClosed } };
  const disputeCredits = Object.values(disputes).reduce((sum, dispute) => sum + dispute.credits, 0);
  return { ...current, disputes, dispute_credits: disputeCredits };
}
