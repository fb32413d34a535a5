import type { Logger } from "../../ports/platform.ts";
import type { Database } from "../client.ts";
import { migrationsCollection } from "../collections.ts";
import { isDuplicateKey } from "../errors.ts";
import { collectionsAndIndexes } from "./0001-collections-and-indexes.ts";
import { imagesAccountsAndBilling } from "./0002-images-accounts-and-billing.ts";
import { imageContentKeys } from "./0003-image-content-keys.ts";
import { withMigrationLock } from "./lock.ts";
import type { Migration } from "./migration.ts";

/** In the order of their numbers. */
const migrations: readonly Migration[] = [collectionsAndIndexes, imagesAccountsAndBilling, imageContentKeys];

/** A document of `migrations`: a step that is applied. */
interface AppliedMigration {
  readonly _id: number;
  readonly name: string;
  readonly applied_at: Date;
}

interface MigrationOptions {
  readonly logger: Logger;
  /** Steps to run in place of Muse's own; for tests. */
  readonly steps?: readonly Migration[];
  /** How long to wait for another instance that migrates, in ms. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 60_000;

async function appliedNumbers(database: Database): Promise<ReadonlySet<number>> {
  const applied = await database
    .collection<AppliedMigration>(migrationsCollection)
    .run((collection) => collection.find().sort({ _id: 1 }).toArray());
  return new Set(applied.map((migration) => migration._id));
}

function labelOf(migration: Migration): string {
  return `${String(migration.number).padStart(4, "0")}-${migration.name}`;
}

async function apply(database: Database, migration: Migration): Promise<void> {
  await database.run((db) => migration.up(db));
  const document: AppliedMigration = { _id: migration.number, name: migration.name, applied_at: new Date() };
  try {
    await database
      .collection<AppliedMigration>(migrationsCollection)
      .run((collection) => collection.insertOne(document));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/**
 * Brings the database to what this code expects. One read when nothing is to do; safe when several instances start
 * together. A database that is ahead of this code stays as it is.
 * @returns the steps that were applied, as `0001-collections-and-indexes`
 * @throws AppError `unavailable`; a driver's error when a step cannot be carried out
 */
export async function migrate(database: Database, options: MigrationOptions): Promise<readonly string[]> {
  const steps = options.steps ?? migrations;
  const isDone = (applied: ReadonlySet<number>): boolean => steps.every((step) => applied.has(step.number));
  if (isDone(await appliedNumbers(database))) return [];
  return withMigrationLock(database, options.patienceMs ?? defaultPatienceMs, async () => {
    const before = await appliedNumbers(database);
    const done: string[] = [];
    for (const step of steps) {
      if (before.has(step.number)) continue;
      await apply(database, step);
      done.push(labelOf(step));
      options.logger.info({ migration: labelOf(step) }, "migration applied");
    }
    return { result: done, summary: { applied: done } };
  });
}

/**
 * Takes applied steps back, newest first.
 * @param options.to number of the newest step that stays; without it, only the last one goes
 * @returns the steps that were taken back
 * @throws AppError `unavailable`; Error when the newest step is one that this code does not have
 */
export async function rollback(
  database: Database,
  options: MigrationOptions & { readonly to?: number },
): Promise<readonly string[]> {
  const steps = options.steps ?? migrations;
  return withMigrationLock(database, options.patienceMs ?? defaultPatienceMs, async () => {
    const applied = [...(await appliedNumbers(database))].sort((a, b) => b - a);
    const target = options.to ?? applied[1] ?? 0;
    const done: string[] = [];
    for (const number of applied.filter((one) => one > target)) {
      const step = steps.find((one) => one.number === number);
      if (step === undefined) throw new Error(`migration ${number} is applied, but this version does not have it`);
      await database.run((db) => step.down(db));
      await database
        .collection<AppliedMigration>(migrationsCollection)
        .run((collection) => collection.deleteOne({ _id: number }));
      done.push(labelOf(step));
      options.logger.info({ migration: labelOf(step) }, "migration taken back");
    }
    return { result: done, summary: { rolled_back: done } };
  });
}
