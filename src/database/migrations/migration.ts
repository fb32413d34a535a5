import type { Db } from "mongodb";

/**
 * One numbered step of the database's shape. Both ways can run again after a crash in their middle, since only the
 * end of a step is recorded.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  up(database: Db): Promise<void>;
  /** Takes back what `up` made. Never removes documents. */
  down(database: Db): Promise<void>;
}
