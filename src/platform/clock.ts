import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports/platform.ts";

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    // An abort ends the wait; it is not an error.
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
