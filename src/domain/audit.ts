/** A document of `audit_logs`: append-only. */
export interface AuditLog {
  readonly _id: string;
  /** An account, or `timer:` and a job's name. */
  readonly actor_id: string;
  readonly action: string;
  readonly target_id: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly ip_address?: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

const retentionDays = 365;

export function auditExpiry(now: Date): Date {
  return new Date(now.getTime() + retentionDays * 86_400_000);
}
