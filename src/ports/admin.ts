import type { AuditLog } from "../domain/audit.ts";
import type { SubscriptionTier } from "../domain/plans.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { Role, User } from "../domain/user.ts";
import type { AuditLogs } from "./audit-logs.ts";
import type { ListPosition, Page } from "./database.ts";

export interface UserFilter {
  /** Part of an e-mail address, a user name or a full name, or an id; matched as text, never as a pattern. */
  readonly contains?: string | undefined;
  readonly tier?: SubscriptionTier | undefined;
  readonly role?: Role | undefined;
  readonly isActive?: boolean | undefined;
  /** At most this many credits left. */
  readonly maxCredits?: number | undefined;
}

export interface AdminUserChanges {
  readonly role?: Role;
  readonly is_active?: boolean;
  readonly subscription_tier?: SubscriptionTier;
}

export interface JobState {
  readonly name: string;
  readonly isRunning: boolean;
  readonly lastStartedAt: Date;
  readonly lastEndedAt: Date | null;
  readonly summary: Readonly<Record<string, unknown>> | null;
}

/** What administrators see and change across all accounts. */
export interface AdminAccounts {
  /** Newest first. */
  list(input: UserFilter & { after?: ListPosition | undefined; limit: number }): Promise<Page<User>>;
  /** A changed state of activity also ends all access tokens. @returns the account as it was, or null if there is none */
  change(input: { userId: string; changes: AdminUserChanges; now: Date }): Promise<User | null>;
  /** Whether anybody but this account is an active administrator. */
  hasOtherAdmin(userId: string): Promise<boolean>;
  countByTier(): Promise<readonly { readonly tier: string; readonly isActive: boolean; readonly count: number }[]>;
  countLowCredits(maxCredits: number): Promise<number>;
  countPlans(): Promise<readonly { readonly plan: string; readonly status: string; readonly count: number }[]>;
  /** Those in force whose period ends within the time; the earliest end first. */
  listExpiring(input: {
    from: Date;
    to: Date;
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<Page<Subscription>>;
  countExpiring(input: { from: Date; to: Date }): Promise<number>;
  jobs(now: Date): Promise<readonly JobState[]>;
}

/** The audit log as it is read. */
export interface AuditTrail extends AuditLogs {
  /** Newest first. */
  list(input: {
    actorId?: string | undefined;
    action?: string | undefined;
    targetId?: string | undefined;
    after?: ListPosition | undefined;
    limit: number;
  }): Promise<Page<AuditLog>>;
}
