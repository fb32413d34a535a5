import { setTimeout as delay } from "node:timers/promises";
import { resolveAppSettings } from "./app-setting.ts";
import { describeError, describeFailure } from "./invocations.ts";
import type { Listener, Triggered } from "./listener.ts";
import type { RetryContext, RetryOptions } from "./rpc-types.ts";
import { parseSchedule } from "./schedule.ts";
import type { TimerStates } from "./timer-state.ts";

/** The wall clock is looked at least this often, so that a laptop that slept runs its timers when it wakes. */
const LONGEST_WAIT_MILLISECONDS = 30_000;
/** As in the real host, schedules that are more frequent than this have no memory of missed runs. */
const MONITORED_INTERVAL_MILLISECONDS = 60_000;

/**
 * A timer trigger: runs at its NCRONTAB occurrences in UTC, one run at a time. Runs that were missed while the host was
 * away become one, with isPastDue. Retry options apply here, as they do in the real host for timers.
 * @throws Error with one line if the schedule is wrong or its setting is missing.
 */
export function createTimerListener(triggered: Triggered, states: TimerStates): Listener {
  const { target, trigger, log } = triggered;
  const { name, retryOptions } = target.metadata;
  const expression = resolveAppSettings(String(trigger.schedule), `the timer ${name}`);
  const schedule = parseSchedule(expression);
  const isMonitored = trigger.useMonitor !== false && intervalOf(schedule) >= MONITORED_INTERVAL_MILLISECONDS;
  const stopping = new AbortController();

  const run = async (isPastDue: boolean) => {
    const status = states.read(name);
    const timer = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status && { Last: status.last, Next: status.next, LastUpdated: status.last_updated },
      IsPastDue: isPastDue,
    };
    await runWithRetries(triggered, timer, retryOptions, stopping.signal);
  };

  const remember = (last: Date | undefined) => {
    const now = new Date();
    const known = last?.toISOString() ?? states.read(name)?.last;
    const next = schedule.next(now).toISOString();
    states.write(name, { ...(known === undefined ? {} : { last: known }), next, last_updated: now.toISOString() });
  };

  const runAndRemember = async (isPastDue: boolean) => {
    const startedAt = new Date();
    await run(isPastDue);
    if (isMonitored && !stopping.signal.aborted) remember(startedAt);
  };

  const isPastDue = () => {
    const status = isMonitored ? states.read(name) : undefined;
    // Computed anew, because the schedule may have changed since.
    return status !== undefined && schedule.next(new Date(status.last ?? status.last_updated)) < new Date();
  };

  const keepTime = async () => {
    if (isPastDue()) {
      log("info", `${name}: a run was missed while the host was away, running now`);
      await runAndRemember(true);
    } else if (trigger.runOnStartup === true) await runAndRemember(false);
    else if (isMonitored) remember(undefined);
    while (!stopping.signal.aborted) {
      await waitUntil(schedule.next(new Date()), stopping.signal);
      if (!stopping.signal.aborted) await runAndRemember(false);
    }
  };

  return {
    summary: { name, kind: "timer", detail: expression },
    start: () => void keepTime().catch((error: unknown) => log("error", `${name}: ${describeError(error)}`)),
    runOnce: () => run(false),
    stop: async () => stopping.abort(),
    abandon: () => undefined,
  };
}

function intervalOf(schedule: { next(after: Date): Date }): number {
  const first = schedule.next(new Date());
  return schedule.next(first).getTime() - first.getTime();
}

async function waitUntil(time: Date, signal: AbortSignal): Promise<void> {
  for (;;) {
    const remaining = time.getTime() - Date.now();
    if (remaining <= 0 || signal.aborted) return;
    await pause(Math.min(remaining, LONGEST_WAIT_MILLISECONDS), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // An abort only ends the wait: whoever waits looks at the signal.
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function runWithRetries(
  { target, triggerName, invocations, log }: Triggered,
  timer: object,
  retryOptions: RetryOptions | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { name } = target.metadata;
  const maxRetryCount = retryOptions?.maxRetryCount ?? 0;
  const inputData = [{ name: triggerName, data: { json: JSON.stringify(timer) } }];
  let retryContext: RetryContext | undefined = retryOptions && { retryCount: 0, maxRetryCount };
  for (let retryCount = 0; !signal.aborted || retryCount === 0; retryCount += 1) {
    try {
      await invocations.invoke(target, { inputData, triggerMetadata: {}, ...(retryContext && { retryContext }) });
      return;
    } catch (error) {
      const isLast = maxRetryCount >= 0 && retryCount >= maxRetryCount;
      log("error", `${name} failed${isLast ? "" : " and will be tried again"}: ${describeFailure(error)}`);
      if (isLast) return;
      retryContext = { retryCount: retryCount + 1, maxRetryCount, exception: { message: describeError(error) } };
      await pause(retryDelayMilliseconds(retryOptions ?? {}, retryCount), signal);
    }
  }
}

function retryDelayMilliseconds(options: RetryOptions, retryCount: number): number {
  if (options.retryStrategy !== "exponentialBackoff") return (options.delayInterval?.seconds ?? 0) * 1000;
  const shortest = options.minimumInterval?.seconds ?? 0;
  const longest = options.maximumInterval?.seconds ?? shortest;
  return Math.min(shortest * 2 ** retryCount, longest) * 1000;
}
