import type { UsageEvent, UsageLog } from "../domain/usage.ts";

/** What one day of an account's use adds up to. */
export interface UsageDay {
  /** "2026-11-21", UTC. */
  readonly date: string;
  readonly requests: number;
  readonly chat_messages: number;
  readonly tokens: number;
  readonly images: number;
  readonly credits: number;
  readonly errors: number;
}

export interface UsageLogs {
  /** Adds all of them; one whose id is there stays as it is. */
  insertMany(logs: readonly UsageLog[]): Promise<void>;
  /** Days with any use in `from` ≤ time < `to`, oldest first. */
  daily(input: { userId: string; from: Date; to: Date }): Promise<readonly UsageDay[]>;
}

/** Takes notes of use without making anybody wait. */
export interface UsageRecorder {
  record(event: UsageEvent): void;
  /** Writes what is noted. Resolves also when the database does not take it; then it stays noted. */
  flush(): Promise<void>;
}

/** What an account has and did, all in all. */
export interface AccountStatistics {
  readonly conversations: { readonly total: number; readonly archived: number };
  readonly messages: number;
  readonly tokens: number;
  readonly generations: Readonly<Record<string, number>>;
  readonly images: { readonly count: number; readonly bytes: number };
  readonly files: { readonly count: number; readonly bytes: number };
}

export interface Statistics {
  ofAccount(userId: string): Promise<AccountStatistics>;
}
