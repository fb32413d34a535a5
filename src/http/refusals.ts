import { LRUCache } from "lru-cache";
import type { Clock } from "../ports/platform.ts";

/** That somebody asked too often, and until when. */
export interface Refusal {
  /** Requests a window that they had when they were refused. Who may more by now is not refused any longer. */
  readonly allowed: number;
  /** For which they are refused still, rounded up. */
  readonly seconds: number;
}

/** Callers who asked too often, as far as this instance had to refuse them. Forgetting one costs some reads, no more. */
export interface Refusals {
  /** @param caller who is counted, and by which limit */
  note(caller: string, refusal: Refusal): void;
  /** @returns null for who is not refused, as far as is known here */
  find(caller: string): Refusal | null;
}

const rememberedCallers = 10_000;

export function createRefusals(clock: Clock): Refusals {
  const known = new LRUCache<string, { readonly allowed: number; readonly until: number }>({ max: rememberedCallers });
  return {
    note: (caller, { allowed, seconds }) => {
      known.set(caller, { allowed, until: clock.now().getTime() + seconds * 1_000 });
    },
    find: (caller) => {
      const refused = known.get(caller);
      if (refused === undefined) return null;
      const seconds = Math.ceil((refused.until - clock.now().getTime()) / 1_000);
      return seconds > 0 ? { allowed: refused.allowed, seconds } : null;
    },
  };
}
