import type { ImageFolder } from "../domain/image.ts";

/** Blobs that belong to no picture of the registry. */
export interface OrphanCount {
  /** Blobs that were looked at. */
  readonly looked_at: number;
  readonly orphans: number;
  readonly bytes: number;
  /** Names of some of them. */
  readonly examples: readonly string[];
}

/** How far the search for such blobs has come: a round over all of them takes several runs. */
export interface OrphanReport {
  /** Where the next run goes on; absent: a round begins. */
  readonly position?: { readonly folder: ImageFolder; readonly after: string | null };
  /** Of the round that is under way. */
  readonly running: OrphanCount;
  /** Of the last whole round. */
  readonly finished: (OrphanCount & { readonly finished_at: Date }) | null;
}

export interface OrphanReports {
  last(): Promise<OrphanReport | null>;
  save(report: OrphanReport): Promise<void>;
}
