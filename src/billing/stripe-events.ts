import * as z from "zod";
import type { PaymentEvent } from "../ports/billing.ts";

const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  created: z.number().nullish(),
  data: z.object({ object: z.looseObject({}) }),
});

/**
 * An event of Stripe, as its webhook and its list tell it.
 * @param otherwise when it counts as made if it does not say so
 * @returns null for what is no event
 */
export function eventOf(event: unknown, otherwise: Date): PaymentEvent | null {
  const { data } = eventSchema.safeParse(event);
  if (data === undefined) return null;
  const createdAt = data.created == null ? otherwise : new Date(data.created * 1_000);
  return { id: data.id, type: data.type, createdAt, object: data.data.object };
}
