export interface LoginFailure {
  readonly failures: number;
  readonly lastFailedAt: Date;
}

/** Counts of wrong passwords, by subjects of any kind. All instances see the same. */
export interface LoginFailures {
  /** In the order of the subjects; null where nothing failed lately. */
  read(subjects: readonly string[], now: Date): Promise<readonly (LoginFailure | null)[]>;
  /** Counts one more for each. @param keptUntil when they are forgotten */
  record(input: { subjects: readonly string[]; now: Date; keptUntil: Date }): Promise<void>;
  clear(subjects: readonly string[]): Promise<void>;
}
