import { app } from "@azure/functions";
import type { Services } from "../services.ts";

interface TimerJob {
  /** Function name, lock name and file name in one. */
  readonly name: string;
  /** NCRONTAB with seconds, UTC. */
  readonly schedule: string;
  /** Whether what the job changed belongs into the audit log. */
  readonly touchesUserData: boolean;
  /** Gives how many of what it changed. */
  run(services: Services): Promise<Readonly<Record<string, number>>>;
}

/** A timer function: lock → sweep → one summary line. Every job is safe to run twice or late. */
export function registerTimer({ name, schedule, touchesUserData, run }: TimerJob): void {
  app.timer(name, {
    schedule,
    handler: async () => {
      const [{ runTimerJob }, { getServices }] = await Promise.all([
        import("../operations/upkeep/run-timer-job.ts"),
        import("../services.ts"),
      ]);
      const services = await getServices();
      await runTimerJob(services, { name, touchesUserData, job: () => run(services) });
    },
  });
}
