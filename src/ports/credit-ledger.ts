import type { LedgerEntry } from "../domain/ledger.ts";
import type { ListPosition, Page } from "./database.ts";

export interface Ledger {
  /** Writes the entry unless one with its id is there. */
  record(entry: LedgerEntry): Promise<void>;
  /** The entry of this reason and resource. */
  find(entry: Pick<LedgerEntry, "reason" | "resource_id">): Promise<LedgerEntry | null>;
  /** Newest first. */
  list(input: { userId: string; after?: ListPosition | undefined; limit: number }): Promise<Page<LedgerEntry>>;
}
