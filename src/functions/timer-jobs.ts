import type { Services } from "../services.ts";

export interface TimerJob {
  /** Function name, lock name and file name in one. */
  readonly name: string;
  /** NCRONTAB with seconds, UTC. */
  readonly schedule: string;
  /** Whether what the job changed belongs into the audit log. */
  readonly touchesUserData: boolean;
  /** Gives how many of what it changed. */
  run(services: Services): Promise<Readonly<Record<string, number>>>;
}

const jobs = new Map<string, TimerJob>();

/** Remembers a job, so that an administrator can run it by its name. */
export function rememberTimerJob(job: TimerJob): void {
  jobs.set(job.name, job);
}

export function findTimerJob(name: string): TimerJob | undefined {
  return jobs.get(name);
}
