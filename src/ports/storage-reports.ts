import type { ImageService } from "../domain/image.ts";
import type { ListPosition } from "./database.ts";

/** What the last verification of the stored pictures found and did. */
export interface StorageReport {
  readonly started_at: Date;
  readonly finished_at: Date;
  readonly counts: StorageCounts;
  /** Some of the pictures with which something is wrong, and what. */
  readonly problems: readonly { readonly image_id: string; readonly service: ImageService; readonly error: string }[];
  /** Where the next run goes on, a service; absent: from the oldest. */
  readonly cursors: Readonly<Partial<Record<ImageService, ListPosition>>>;
}

/** Of one run. */
export interface StorageCounts {
  readonly checked: number;
  /** Brought to Blob Storage from where they were meanwhile. */
  readonly moved: number;
  /** Bytes, derivatives and public copies that were missing and are there again. */
  readonly repaired: number;
  /** Whose bytes no place gave. */
  readonly missing: number;
  /** Deleted pictures of which the rest is gone now. */
  readonly removed: number;
  /** Deleted pictures of which something is still left. */
  readonly not_removed: number;
}

export interface StorageReports {
  lastReport(): Promise<StorageReport | null>;
  save(report: StorageReport): Promise<void>;
}
