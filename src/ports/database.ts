/**
 * What operations need of the database. Every state change is one atomic, conditional update of one document;
 * its result says whether the condition held. All of them throw `AppError("unavailable")` when the database is away.
 */

/** A place in a list sorted by a date and, as tie-breaker, the id. The list goes on behind it. */
export interface ListPosition {
  readonly at: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

export interface DatabaseHealth {
  /** Resolves when the database answers. */
  ping(): Promise<void>;
}
