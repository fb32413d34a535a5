import { LRUCache } from "lru-cache";
import type { Clock } from "../ports/platform.ts";

/** Callers who asked too often, as far as this instance had to refuse them. Forgetting one costs some reads, no more. */
export interface Refusals {
  /** @param caller who is counted, and by which limit */
  note(caller: string, seconds: number): void;
  /** Seconds, rounded up, for which the caller is refused still; 0 for who is not, as far as is known here. */
  secondsLeft(caller: string): number;
}

const rememberedCallers = 10_000;

export function createRefusals(clock: Clock): Refusals {
  const refusedUntil = new LRUCache<string, number>({ max: rememberedCallers });
  return {
    note: (caller, seconds) => {
      refusedUntil.set(caller, clock.now().getTime() + seconds * 1_000);
    },
    secondsLeft: (caller) => Math.max(0, Math.ceil(((refusedUntil.get(caller) ?? 0) - clock.now().getTime()) / 1_000)),
  };
}
