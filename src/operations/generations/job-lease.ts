import { isAppError } from "../../domain/errors.ts";
import { leaseMs } from "../../domain/generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { HandOver, JobFailure, LeaseLost } from "./job-failure.ts";
import { leaseEnd, type Work } from "./take-job.ts";

/** A worker looks at its job in the database at least this often, in ms: it renews the lease and notices a cancel. */
const renewIntervalMs = 700;
/** Pause before a step that the database refused to store is tried again, in ms. */
const outagePauseMs = 1_000;
/** One invocation works on a job for at most this long, in ms, then another goes on: hosts end functions after 10 min. */
const invocationMs = 8 * 60_000;

type Dependencies = Pick<GenerationDependencies, "generations" | "clock" | "logger"> & {
  /** After this long a job counts as stuck, in ms. */
  readonly stuckAfterMs: number;
};

/** The worker's hold on its job. It is kept in the background, however long a call to the provider takes. */
export interface JobLease {
  /** Aborts with the reason (LeaseLost, HandOver, JobFailure) when the work has to end. */
  readonly signal: AbortSignal;
  /** Tells how far the job is, 0 to 1. Stored at once; a smaller value than before changes nothing. */
  report(progress: number): void;
  /** Waits for `work`, but not for longer than the lease holds. @throws the signal's reason */
  during<R>(work: Promise<R>): Promise<R>;
  /** Repeats a step for as long as the database is away and the lease holds. */
  throughOutage<R>(step: () => Promise<R>): Promise<R>;
  stop(): void;
}

/** Keeps the lease of a job until it is stopped or lost. */
export function holdJobLease(dependencies: Dependencies, work: Work): JobLease {
  const { generations, clock, logger } = dependencies;
  const { generation, owner } = work;
  const ending = new AbortController();
  const stopping = new AbortController();
  let progress = generation.progress;
  let nudge = new AbortController();

  async function renew(): Promise<boolean> {
    const now = clock.now();
    return generations.renew({ generationId: generation._id, owner, leaseUntil: leaseEnd(now), progress, now });
  }

  /** Why the work has to end, if it has to. */
  function overdue(): Error | null {
    const now = clock.now().getTime();
    const jobStartedAt = generation.started_at ?? work.startedAt;
    if (now - jobStartedAt.getTime() > dependencies.stuckAfterMs) {
      return new JobFailure("timed_out", "The generation took too long.");
    }
    return now - work.startedAt.getTime() > invocationMs ? new HandOver() : null;
  }

  async function keep(): Promise<void> {
    let renewedAt = clock.now().getTime();
    while (!stopping.signal.aborted) {
      await clock.sleep(renewIntervalMs, AbortSignal.any([stopping.signal, nudge.signal]));
      if (stopping.signal.aborted) return;
      nudge = new AbortController();
      try {
        const askedAt = clock.now().getTime();
        if (!(await renew())) return ending.abort(new LeaseLost());
        renewedAt = askedAt;
      } catch (error) {
        logger.warn({ error, generationId: generation._id }, "lease not renewed");
        if (clock.now().getTime() - renewedAt >= leaseMs) return ending.abort(new LeaseLost());
      }
      const reason = overdue();
      if (reason !== null) return ending.abort(reason);
    }
  }

  void keep();
  return {
    signal: ending.signal,
    report: (reported) => {
      if (reported <= progress) return;
      progress = reported;
      nudge.abort();
    },
    during: async (step) => {
      ending.signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(ending.signal.reason);
      ending.signal.addEventListener("abort", abort, { once: true });
      try {
        return await Promise.race([step, aborted.promise]);
      } finally {
        ending.signal.removeEventListener("abort", abort);
      }
    },
    throughOutage: async (step) => {
      while (true) {
        try {
          return await step();
        } catch (error) {
          if (!isAppError(error) || error.code !== "unavailable") throw error;
          ending.signal.throwIfAborted();
          await clock.sleep(outagePauseMs, ending.signal);
        }
      }
    },
    stop: () => stopping.abort(),
  };
}
