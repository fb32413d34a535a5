import type { Background, Clock, Logger } from "../ports/platform.ts";

/** Keeps count of work that no answer waits for, so that a stop of the process can wait for it. */
export function createBackground({ clock, logger }: { clock: Clock; logger: Logger }): Background {
  const running = new Set<Promise<void>>();
  return {
    run: (what, work) => {
      const task = work()
        .catch((error: unknown) => logger.warn({ what, error }, "work in the background failed"))
        .finally(() => running.delete(task));
      running.add(task);
    },
    settled: async (withinMs) => {
      const late = new AbortController();
      await Promise.race([Promise.all(running), clock.sleep(withinMs, late.signal)]);
      late.abort();
    },
  };
}
