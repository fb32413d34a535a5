/** A collection of an export, by the name of its file. */
export interface ExportedCollection {
  readonly name: string;
  /** Its documents of one account, a batch in memory at a time. */
  documents(userId: string): AsyncIterable<Readonly<Record<string, unknown>>>;
}

/** Everything that any collection has of an account, by one table. */
export interface UserData {
  readonly exported: readonly ExportedCollection[];
  /**
   * Removes what simply goes, the account itself last.
   * @param options.evenWithBytes also documents of pictures and files that could not be removed whole
   * @returns how many documents, by collection
   */
  removeAll(userId: string, options: { evenWithBytes: boolean }): Promise<Readonly<Record<string, number>>>;
  /** Gives books and logs the pseudonym. @returns how many documents, by collection */
  anonymiseAll(input: { userId: string; pseudonym: string }): Promise<Readonly<Record<string, number>>>;
  /** Collections in which something of the account is left. */
  leftovers(userId: string): Promise<readonly string[]>;
  /** Answers that are being written, and jobs that have not ended. */
  openWork(userId: string): Promise<{ messageIds: readonly string[]; generationIds: readonly string[] }>;
}

export type Counts = Readonly<Record<string, number>>;

/** A document of `erasure_reports`. Its id is the pseudonym, so that an account has one. */
export interface ErasureReport {
  readonly _id: string;
  /** Only until the erasure is done. */
  readonly user_id?: string;
  readonly status: "pending" | "completed";
  readonly attempts: number;
  /** Documents that were removed, by collection; pictures and files with all of their bytes. */
  readonly removed: Counts;
  /** Documents that were kept without the owner, by collection. */
  readonly anonymised: Counts;
  /** What was removed outside of the database, by place. */
  readonly stores: Counts;
  readonly last_error?: string;
  readonly created_at: Date;
  readonly started_at?: Date;
  readonly finished_at?: Date;
}

export interface Erasures {
  /** Asks for the erasure of an account; asking again changes nothing. */
  request(input: { userId: string; pseudonym: string; now: Date }): Promise<ErasureReport>;
  find(id: string): Promise<ErasureReport | null>;
  /** Longest waiting first. */
  findPending(input: { limit: number }): Promise<readonly ErasureReport[]>;
  begin(input: { id: string; now: Date }): Promise<void>;
  /** Adds to the counts, so that an erasure that was cut off goes on counting. */
  add(input: { id: string; removed?: Counts; anonymised?: Counts; stores?: Counts }): Promise<void>;
  postpone(input: { id: string; reason: string }): Promise<void>;
  /** From here on nothing names the account any more. */
  finish(input: { id: string; now: Date }): Promise<void>;
  /** Newest first. */
  list(input: {
    after?: { readonly at: Date; readonly id: string } | undefined;
    limit: number;
  }): Promise<{ readonly items: readonly ErasureReport[]; readonly hasMore: boolean }>;
}

/** Forgets an account at a place outside of the database, as a payment service. Safe to repeat. */
export interface Eraser {
  /** The place's name in the report. */
  readonly name: string;
  /** @returns how many things were removed. @throws AppError when the place does not answer; it is asked again */
  erase(input: { userId: string }): Promise<number>;
}
