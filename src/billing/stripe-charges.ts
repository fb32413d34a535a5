import * as z from "zod";
import type { ChargeFacts, DisputeFacts } from "../domain/payment.ts";
import { amount, named, reference } from "./stripe-fields.ts";

/** Charges and what takes their money back; each reader gives null for what is something else. */

const chargeSchema = z.object({
  id: z.string(),
  object: z.literal("charge").optional(),
  customer: reference,
  payment_intent: reference,
  invoice: reference,
  amount,
  amount_refunded: amount,
  refunded: z.boolean().nullish(),
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
const chargedSchema = z.object({ charge: z.unknown() });

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
    refundedMinor: data.refunded === true ? data.amount : data.amount_refunded,
    sourceIds: named(data.id, data.payment_intent, data.invoice),
  };
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

/** The charge of a refund or dispute: its id, and what it is now if that came with it. */
export function chargedOf(object: unknown): { readonly id: string; readonly charge: ChargeFacts | null } | null {
  const { data } = chargedSchema.safeParse(object);
  const id = reference.safeParse(data?.charge).data ?? null;
  return id === null ? null : { id, charge: chargeOf(data?.charge) };
}

export function disputeWithChargeOf(object: unknown): (DisputeFacts & { readonly charge: ChargeFacts | null }) | null {
  const dispute = disputeOf(object);
  return dispute === null ? null : { ...dispute, charge: chargedOf(object)?.charge ?? null };
}
