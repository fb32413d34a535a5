/** Values from a producer that never waits to a consumer that may come late, or leave. */
export interface EventChannel<T> extends AsyncIterable<T> {
  push(value: T): void;
  /** Ends the values; with an error, the consumer's iteration throws it after the last value. */
  close(error?: unknown): void;
}

/**
 * A channel for one consumer. The producer goes on when the consumer has left: a turn is answered and stored whether or
 * not anybody still listens.
 */
export function createEventChannel<T>(): EventChannel<T> {
  const buffer: T[] = [];
  let wake: (() => void) | undefined;
  let isClosed = false;
  let isAbandoned = false;
  let failure: { readonly error: unknown } | undefined;

  const notify = () => {
    wake?.();
    wake = undefined;
  };

  async function* read(): AsyncGenerator<T, void, void> {
    try {
      while (true) {
        while (buffer.length > 0) yield buffer.shift() as T;
        if (isClosed) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure !== undefined) throw failure.error;
    } finally {
      isAbandoned = true;
      buffer.length = 0;
    }
  }

  return {
    push: (value) => {
      if (isClosed || isAbandoned) return;
      buffer.push(value);
      notify();
    },
    close: (error) => {
      if (isClosed) return;
      isClosed = true;
      if (error !== undefined) failure = { error };
      notify();
    },
    [Symbol.asyncIterator]: read,
  };
}
