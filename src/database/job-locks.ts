import type { JobLocks } from "../ports/job-locks.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const jobLocksDeclaration: CollectionDeclaration = { name: "job_locks", indexes: [] };

/** The lock beside those of the timer jobs. */
export const migrationLockName = "migrations";

/** A document of `job_locks`. Without `until` nobody holds it. */
export interface JobLock {
  readonly _id: string;
  readonly owner?: string;
  readonly until?: Date;
  readonly acquired_at: Date;
  readonly released_at?: Date;
  /** What the last run that ended did. */
  readonly summary?: Readonly<Record<string, unknown>>;
}

export function createJobLocks(database: Database): JobLocks {
  const locks = database.collection<JobLock>(jobLocksDeclaration.name);

  return {
    acquire: async ({ name, owner, now, until }) => {
      try {
        const result = await locks.run((collection) =>
          collection.updateOne(
            { _id: name, $or: [{ until: { $exists: false } }, { until: { $lte: now } }] },
            { $set: { owner, until, acquired_at: now } },
            { upsert: true },
          ),
        );
        return result.matchedCount + result.upsertedCount === 1;
      } catch (error) {
        // It is there and held, so that the upsert tried to insert a second one.
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    release: async ({ name, owner, now, summary }) => {
      await locks.run((collection) =>
        collection.updateOne(
          { _id: name, owner },
          { $set: { released_at: now, summary }, $unset: { owner: "", until: "" } },
        ),
      );
    },
  };
}
