import { AppError } from "../domain/errors.ts";
import type { InTurn } from "../ports/security.ts";

const busy = () => new AppError("unavailable", { detail: "Too much is going on at the moment.", retryAfterSeconds: 5 });

interface LimiterOptions {
  readonly concurrency: number;
  /** That may wait; of one more, somebody who has most waiting is refused at once. */
  readonly waiting: number;
  /** How long one may wait, in ms, before it is refused: those ahead may hang on something that does not answer. */
  readonly patienceMs: number;
  /** How long a place stays empty after each piece of work, in ms: what else there is to do comes in between. */
  readonly restMs?: number;
}

interface Waiter {
  begin(): void;
  refuse(): void;
}

/**
 * Runs work with at most `concurrency` at once. The rest waits: who asks for it comes to turn one after the other, with
 * their own work in order of arrival, so that a flood of one holds up the others by a place each, not by all of it.
 */
export function createLimiter({ concurrency, waiting, patienceMs, restMs = 0 }: LimiterOptions): InTurn {
  /** By who asks; the first is next, and goes to the end with what they have left. */
  const queues = new Map<string, readonly Waiter[]>();
  let running = 0;
  let inQueues = 0;

  function setQueue(from: string, queue: readonly Waiter[]): void {
    inQueues += queue.length - (queues.get(from)?.length ?? 0);
    if (queue.length > 0) queues.set(from, queue);
    else queues.delete(from);
  }

  function beginNext(): void {
    const [next] = queues;
    if (next === undefined) {
      running -= 1;
      return;
    }
    const [from, [first, ...rest]] = next;
    setQueue(from, []);
    setQueue(from, rest);
    first?.begin();
  }

  /** @throws AppError `unavailable` for who has as much waiting as anybody else */
  function makeRoomFor(from: string): void {
    let longest: readonly Waiter[] = [];
    for (const queue of queues.values()) if (queue.length > longest.length) longest = queue;
    if (longest.length <= (queues.get(from)?.length ?? 0) + 1) throw busy();
    longest.at(-1)?.refuse();
  }

  /** @throws AppError `unavailable` */
  function turn(from: string): Promise<void> {
    if (inQueues >= waiting) makeRoomFor(from);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = {
      begin: () => {
        clearTimeout(timer);
        resolve();
      },
      refuse: () => {
        clearTimeout(timer);
        const others = queues.get(from)?.filter((other) => other !== waiter);
        setQueue(from, others ?? []);
        reject(busy());
      },
    };
    const timer = setTimeout(waiter.refuse, patienceMs);
    setQueue(from, [...(queues.get(from) ?? []), waiter]);
    return promise;
  }

  return async (work, from = "") => {
    if (running < concurrency) running += 1;
    // Whoever ends hands its place on, so `running` stays.
    else await turn(from);
    try {
      return await work();
    } finally {
      if (restMs === 0) beginNext();
      else setTimeout(beginNext, restMs);
    }
  };
}
