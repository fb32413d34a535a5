import { auditExpiry } from "../../domain/audit.ts";
import type { AuditLogs } from "../../ports/audit-logs.ts";
import type { JobLocks } from "../../ports/job-locks.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import type { Telemetry } from "../../ports/telemetry.ts";

/** A job that died keeps its lock for this long, in ms: less than the shortest interval, longer than any run. */
const lockMs = 55_000;

/**
 * Runs a timer job under its lock, so that of all instances one works; writes one summary line, and an audit entry when
 * the job changed something.
 * @param job gives how many of what it changed
 * @returns its summary, or null when another instance has the lock
 */
export async function runTimerJob(
  {
    jobLocks,
    auditLogs,
    clock,
    ids,
    logger,
    telemetry,
  }: {
    jobLocks: JobLocks;
    auditLogs: AuditLogs;
    clock: Clock;
    ids: Ids;
    logger: Logger;
    telemetry: Telemetry;
  },
  input: { name: string; touchesUserData: boolean; job: () => Promise<Readonly<Record<string, number>>> },
): Promise<Readonly<Record<string, number>> | null> {
  const { name } = input;
  const startedAt = clock.now();
  const owner = ids.instance;
  const isOurs = await jobLocks.acquire({ name, owner, now: startedAt, until: new Date(startedAt.getTime() + lockMs) });
  if (!isOurs) return null;
  let summary: Readonly<Record<string, number>> = {};
  try {
    summary = await telemetry.span({ name: `timer ${name}` }, input.job);
  } catch (error) {
    telemetry.count("muse.timer.failures", 1, { job: name });
    throw error;
  } finally {
    await jobLocks.release({ name, owner, now: clock.now(), summary });
  }
  const didSomething = Object.values(summary).some((count) => count > 0);
  if (didSomething && input.touchesUserData) {
    const now = clock.now();
    await auditLogs.record({
      id: ids.next("audit"),
      actorId: `timer:${name}`,
      action: `job.${name}`,
      targetId: null,
      details: summary,
      now,
      expiresAt: auditExpiry(now),
    });
  }
  const durationMs = clock.now().getTime() - startedAt.getTime();
  logger.info({ job: name, durationMs, ...summary }, "timer job done");
  return summary;
}
