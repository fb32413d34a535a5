import { AppError } from "../../domain/errors.ts";
import type { JobRunJson } from "../../schemas/admin.ts";
import { runTimerJob } from "../upkeep/run-timer-job.ts";
import { type AdminActor, recordAction } from "./record-action.ts";

type Dependencies = Parameters<typeof runTimerJob>[0];
type TimerJob = Parameters<typeof runTimerJob>[1];

/**
 * Runs a timer's job now, under its lock.
 * @throws AppError `not_found` for an unknown job, `conflict` while it runs
 */
export async function runJob(
  dependencies: Dependencies,
  input: { actor: AdminActor; name: string; job: TimerJob | undefined },
): Promise<JobRunJson> {
  const { clock } = dependencies;
  const { actor, name, job } = input;
  if (job === undefined) throw new AppError("not_found", { detail: "There is no such job." });
  await recordAction(dependencies, { actor, action: "admin.jobs.run", targetId: name });
  const startedAt = clock.now().getTime();
  const summary = await runTimerJob(dependencies, job);
  if (summary === null) {
    throw new AppError("conflict", { detail: "This job is running already.", retryAfterSeconds: 5 });
  }
  return { job: name, summary: { ...summary }, duration_ms: clock.now().getTime() - startedAt };
}
