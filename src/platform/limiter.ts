import { AppError } from "../domain/errors.ts";
import type { InTurn } from "../ports/security.ts";

const busy = () => new AppError("unavailable", { detail: "Too much is going on at the moment.", retryAfterSeconds: 5 });

interface LimiterOptions {
  readonly concurrency: number;
  /** That may wait; one more is refused at once. */
  readonly waiting: number;
  /** How long one may wait, in ms, before it is refused: those ahead may hang on something that does not answer. */
  readonly patienceMs: number;
}

/** Runs work with at most `concurrency` at once; the rest waits in order of arrival. */
export function createLimiter({ concurrency, waiting, patienceMs }: LimiterOptions): InTurn {
  const queue: (() => void)[] = [];
  let running = 0;

  /** @throws AppError `unavailable` */
  function turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(begin), 1);
      reject(busy());
    }, patienceMs);
    queue.push(begin);
    return promise;
  }

  return async (work) => {
    if (running < concurrency) running += 1;
    else {
      if (queue.length >= waiting) throw busy();
      // Whoever ends hands its place on, so `running` stays.
      await turn();
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
