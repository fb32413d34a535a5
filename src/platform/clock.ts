import type { Clock } from "../ports/platform.ts";

export const systemClock: Clock = {
  now: () => new Date(),
  // An abort ends the wait and is not an error; `node:timers/promises` would make one, with its stack, for each.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end, { once: true });
    }),
};
