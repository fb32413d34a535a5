import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { Database } from "../client.ts";
import { createJobLocks, type JobLock, jobLocksDeclaration, migrationLockName as lockName } from "../job-locks.ts";

/** Short, because a process that dies while it migrates stops all others for as long; renewed while it runs. */
const leaseMs = 20_000;
const pollMs = 100;

/** Takes the lock, waiting for another instance that migrates. */
async function acquire(database: Database, owner: string, patienceMs: number): Promise<void> {
  const locks = createJobLocks(database);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const now = new Date();
    if (await locks.acquire({ name: lockName, owner, now, until: new Date(now.getTime() + leaseMs) })) return;
    if (Date.now() > deadline) {
      throw new AppError("unavailable", {
        detail: "Another instance is still changing the database's collections.",
        retryAfterSeconds: 30,
        isRetryable: true,
      });
    }
    await delay(pollMs);
  }
}

/**
 * Runs `action` while this process holds the migrations' lock.
 * @throws AppError `unavailable` when another instance holds it for longer than `patienceMs`
 */
export async function withMigrationLock<R>(
  database: Database,
  patienceMs: number,
  action: () => Promise<{ result: R; summary: Readonly<Record<string, unknown>> }>,
): Promise<R> {
  const owner = randomUUID();
  await acquire(database, owner, patienceMs);
  const renewal = setInterval(() => {
    const until = new Date(Date.now() + leaseMs);
    database
      .collection<JobLock>(jobLocksDeclaration.name)
      .run((locks) => locks.updateOne({ _id: lockName, owner }, { $set: { until } }))
      // A renewal that fails is tried again in time; if the database stays away, the migration fails by itself.
      .catch(() => undefined);
  }, leaseMs / 4);
  renewal.unref();
  let summary: Readonly<Record<string, unknown>> = { failed: true };
  try {
    const done = await action();
    summary = done.summary;
    return done.result;
  } finally {
    clearInterval(renewal);
    // A lock that cannot be given back lapses.
    await createJobLocks(database)
      .release({ name: lockName, owner, now: new Date(), summary })
      .catch(() => undefined);
  }
}
