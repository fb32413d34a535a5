export interface JobLocks {
  /** Takes the lock of a timer job if it is free or lapsed. */
  acquire(input: { name: string; owner: string; now: Date; until: Date }): Promise<boolean>;
  release(input: { name: string; owner: string; now: Date; summary: Readonly<Record<string, unknown>> }): Promise<void>;
}
