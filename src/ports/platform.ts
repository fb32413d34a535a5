/** Time, injected so that tests decide it. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new id: `<prefix>_<26 characters>`, sortable by the time it was made. */
  next(prefix: string): string;
  /** The sortable part alone, to be put behind a prefix later. */
  bare(): string;
  /**
   * The id that follows directly in sort order; for two documents that belong together and are made at once. Nobody else
   * is given it, but it has no id of its own to follow it.
   */
  after(id: string): string;
  /** A name for this process, unique among all instances; leases and locks carry it. */
  readonly instance: string;
}

/** Work that goes on after the answer was sent. */
export interface Background {
  /** Starts it; a failure is logged and nobody else hears of it. @param what as "verification mail", for the log */
  run(what: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way any more, or after `withinMs`. */
  settled(withinMs: number): Promise<void>;
}

/** Object first, then a constant sentence. Secrets are redacted by the implementation, and must not be passed anyway. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
