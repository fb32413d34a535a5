/**
 * `grant`: what an account began with; `allowance`: the monthly credits of a free one; `subscription`: a paid period, a
 * trial or a change of plan; `purchase`: a pack; `refund` and `dispute`: credits that go with their money;
 * `adjustment`: given or taken by an administrator.
 */
export type LedgerReason =
  | "grant"
  | "allowance"
  | "subscription"
  | "purchase"
  | "refund"
  | "dispute"
  | "adjustment"
  | "chat"
  | "generation";

/** Reasons of what was spent; all others are about what was granted. */
export const spendingReasons: readonly LedgerReason[] = ["chat", "generation"];

export interface LedgerDetails {
  readonly model?: string;
  readonly tokens?: number;
  readonly images?: number;
}

/** A document of `credit_ledger`: append-only; `_id` is reason and resource, so each entry exists once. */
export interface LedgerEntry {
  readonly _id: string;
  readonly user_id: string;
  readonly reason: LedgerReason;
  readonly resource_id: string;
  /** Credits: positive for a grant, negative for what was spent. */
  readonly amount_credits: number;
  readonly description: string;
  /** What was used for it. */
  readonly details?: LedgerDetails;
  /** Of what was paid for: ids by which a refund finds it (invoice, checkout, payment, charge), and the price. */
  readonly source_ids?: readonly string[];
  readonly paid_minor?: number;
  readonly created_at: Date;
}

/** Each thing is paid once for one reason. */
export function ledgerEntryId(entry: Pick<LedgerEntry, "reason" | "resource_id">): string {
  return `${entry.reason}:${entry.resource_id}`;
}

export function ledgerEntry(input: {
  userId: string;
  reason: LedgerReason;
  resourceId: string;
  amountCredits: number;
  description: string;
  details?: LedgerDetails;
  payment?: { sourceIds: readonly string[]; paidMinor: number };
  now: Date;
}): LedgerEntry {
  return {
    _id: ledgerEntryId({ reason: input.reason, resource_id: input.resourceId }),
    user_id: input.userId,
    reason: input.reason,
    resource_id: input.resourceId,
    amount_credits: input.amountCredits,
    description: input.description,
    ...(input.details === undefined ? {} : { details: input.details }),
    ...(input.payment === undefined
      ? {}
      : { source_ids: input.payment.sourceIds, paid_minor: input.payment.paidMinor }),
    created_at: input.now,
  };
}

/** What a free account begins with; for a guest that becomes one, what it gets more. */
export function accountGrant(input: { userId: string; amountCredits: number; now: Date }): LedgerEntry {
  return ledgerEntry({
    ...input,
    reason: "grant",
    resourceId: `${input.userId}:account`,
    description: "Credits of a free account",
  });
}
