import { AppError } from "../domain/errors.ts";
import type { InTurn } from "../ports/security.ts";

/**
 * Runs work with at most `concurrency` at once; the rest waits in order of arrival.
 * @param options.waiting that may wait; one more is refused at once
 */
export function createLimiter(options: { readonly concurrency: number; readonly waiting: number }): InTurn {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < options.concurrency) running += 1;
    else {
      if (queue.length >= options.waiting) {
        throw new AppError("unavailable", { detail: "Too much is going on at the moment.", retryAfterSeconds: 5 });
      }
      // Whoever ends hands its place on, so `running` stays.
      await new Promise<void>((resolve) => queue.push(resolve));
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
