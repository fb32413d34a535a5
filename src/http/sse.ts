import { AppError } from "../domain/errors.ts";
import type { Clock } from "../ports/platform.ts";
import { toAppError, toProblem } from "./problem.ts";
import type { StreamEvent } from "./reply.ts";

/** A comment this often keeps proxies from closing a quiet connection, in ms. */
const heartbeatMs = 15_000;

/**
 * Longest life of a stream in ms. Azure's load balancer cuts a silent request after 230 s and a client that went away is
 * never reported to the worker, so every producer needs an end of its own.
 */
const deadlineMs = 220_000;

/** One event in the wire format of the HTML standard, "Server-sent events". JSON never holds a raw line break. */
function formatEvent({ event, data, id }: StreamEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

interface EventStreamOptions {
  readonly events: AsyncIterable<StreamEvent>;
  readonly clock: Clock;
  readonly requestId: string;
  /** Go on reading the events after the client left, so that what hangs on their end happens. */
  readonly drainsAfterCancel: boolean;
  /** Called once, when the last event was written or the stream was given up. */
  onEnd(outcome: { error: AppError | null }): void | Promise<void>;
}

const timedOut = Symbol("timed out");

/**
 * Server-sent events as a byte stream: heartbeat, deadline, numbered events, an `error` event instead of a broken
 * connection, and `done` at the end.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = options.events[Symbol.asyncIterator]();
  const ending = new AbortController();
  let isCancelled = false;

  async function run(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const write = (text: string) => {
      if (!isCancelled) controller.enqueue(encoder.encode(text));
    };
    let sequence = 0;
    const send = (event: StreamEvent) => {
      sequence += 1;
      write(formatEvent({ ...event, id: event.id ?? String(sequence) }));
    };
    const heartbeat = setInterval(() => write(": keep-alive\n\n"), heartbeatMs);
    const deadline = options.clock.sleep(deadlineMs, ending.signal).then(() => timedOut);
    let error: AppError | null = null;
    try {
      while (!isCancelled || options.drainsAfterCancel) {
        const next = await Promise.race([iterator.next(), deadline]);
        if (next === timedOut) {
          throw new AppError("provider_timeout", {
            detail:
              "The stream reached its longest duration. What is still being made can be read from its own address.",
          });
        }
        if ((next as IteratorResult<StreamEvent>).done) break;
        send((next as IteratorYieldResult<StreamEvent>).value);
      }
    } catch (thrown) {
      error = toAppError(thrown);
      send({ event: "error", data: toProblem(error, options.requestId) });
    } finally {
      clearInterval(heartbeat);
      ending.abort();
      // A producer that waits must not hold the stream's end back, so nobody waits for it.
      void iterator.return?.()?.catch(() => undefined);
    }
    send({ event: "done", data: {} });
    await options.onEnd({ error });
    if (!isCancelled) controller.close();
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      // Not awaited: `start` must return for the stream to be readable.
      void run(controller).catch(() => {
        if (!isCancelled) controller.close();
      });
    },
    cancel() {
      isCancelled = true;
      if (!options.drainsAfterCancel) void iterator.return?.()?.catch(() => undefined);
    },
  });
}
