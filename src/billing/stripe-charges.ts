import * as z from "zod";
import type { ChargeFacts, DisputeFacts, RefundFacts } from "../domain/payment.ts";
import { amount, named, reference } from "./stripe-fields.ts";

/** Charges and what takes their money back; each reader gives null for what is something else. */

/** Both mean that the money stays here, or is here again. */
const hasFailed = (refund: { readonly status?: string | null | undefined }) =>
  refund.status === "failed" || refund.status === "canceled";

/** The newest ten of a charge, where they were asked for. */
const refundsSchema = z.object({
  data: z.array(z.object({ amount, status: z.string().nullish() })),
  has_more: z.boolean().nullish(),
});

const chargeSchema = z.object({
  id: z.string(),
  object: z.literal("charge").optional(),
  customer: reference,
  payment_intent: reference,
  invoice: reference,
  amount,
  amount_refunded: amount,
  refunded: z.boolean().nullish(),
  refunds: refundsSchema.nullish().catch(null),
});

const disputeSchema = z.object({
  id: z.string(),
  object: z.literal("dispute").optional(),
  charge: reference,
  payment_intent: reference,
  amount,
  status: z.string(),
});

/** A refund or a dispute with its charge, where that was asked for. */
const chargedSchema = z.object({ id: z.string(), charge: z.unknown(), status: z.string().nullish() });

export function chargeOf(object: unknown): ChargeFacts | null {
  const parsed = chargeSchema.safeParse(object);
  if (!parsed.success) return null;
  const { data } = parsed;
  return {
    id: data.id,
    customerId: data.customer,
    paymentId: data.payment_intent,
    invoiceId: data.invoice,
    amountMinor: data.amount,
    refundedMinor: refundedOf(data),
    sourceIds: named(data.id, data.payment_intent, data.invoice),
  };
}

/**
 * What the customer got back. Stripe does not say in its reference whether a refund that fails is taken off the charge's own
 * sum, so where one of them failed the others are added up.
 */
function refundedOf(charge: z.infer<typeof chargeSchema>): number {
  const told = charge.refunded === true ? charge.amount : charge.amount_refunded;
  const { data: refunds = [], has_more: hasMore } = charge.refunds ?? {};
  if (hasMore === true || !refunds.some(hasFailed)) return told;
  const others = refunds.filter((refund) => !hasFailed(refund)).reduce((sum, { amount: part }) => sum + part, 0);
  return Math.min(told, others);
}

export function disputeOf(object: unknown): DisputeFacts | null {
  const parsed = disputeSchema.safeParse(object);
  if (!parsed.success || parsed.data.charge === null) return null;
  const { id, charge, amount: amountMinor, status, payment_intent: paymentId } = parsed.data;
  const isClosed = ["won", "lost", "warning_closed", "prevented"].includes(status);
  // An inquiry ("warning") asks before money moves.
  const isMoneyAway = status === "lost" || !(isClosed || status.startsWith("warning_"));
  return { id, chargeId: charge, paymentId, amountMinor, isMoneyAway, isClosed };
}

export function refundOf(object: unknown): RefundFacts | null {
  const { data } = chargedSchema.safeParse(object);
  const chargeId = reference.safeParse(data?.charge).data ?? null;
  if (data === undefined || chargeId === null) return null;
  return { id: data.id, chargeId, charge: chargeOf(data.charge), hasFailed: hasFailed(data) };
}

/** Refunds by their charges, of which each shows its charge as it is now: one a charge, failed if any of them is. */
export function byCharge(refunds: readonly RefundFacts[]): RefundFacts[] {
  const charges = new Map<string, RefundFacts>();
  for (const refund of refunds) {
    const anyFailed = refund.hasFailed || charges.get(refund.chargeId)?.hasFailed === true;
    charges.set(refund.chargeId, { ...refund, hasFailed: anyFailed });
  }
  return [...charges.values()];
}

export function disputeWithChargeOf(object: unknown): (DisputeFacts & { readonly charge: ChargeFacts | null }) | null {
  const dispute = disputeOf(object);
  return dispute === null ? null : { ...dispute, charge: chargeOf(chargedSchema.safeParse(object).data?.charge) };
}
