import { app } from "@azure/functions";
import { rememberTimerJob, type TimerJob } from "./timer-jobs.ts";

/** A timer function: lock → sweep → one summary line. Every job is safe to run twice or late. */
export function registerTimer(job: TimerJob): void {
  const { name, schedule, touchesUserData, run } = job;
  rememberTimerJob(job);
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
