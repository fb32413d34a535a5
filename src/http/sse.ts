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

/** How the events of one stream are written. */
export interface EventFormat {
  event(event: StreamEvent): string;
  /** What comes last, after a failure or without one. */
  ending(failure: { readonly error: AppError; readonly requestId: string } | null): string;
}

/**
 * The wire format of the HTML standard, "Server-sent events": every event has a name and an id, an error is an `error`
 * event, and `done` ends them. JSON never holds a raw line break.
 * @param after the event that the client saw last, where the events go on from one
 */
export function createEventFormat(after: string | null): EventFormat {
  let sequence = 0;
  let position = after === null ? undefined : positionOf(after);
  const write = (event: string, data: unknown, id: string) =>
    `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  const end = (event: EndEvent, data: unknown) => {
    sequence += 1;
    return write(event, data, position === undefined ? String(sequence) : `${position}.${event}`);
  };
  return {
    event: ({ event, data, id }) => {
      sequence += 1;
      position = id;
      return write(event, data, id ?? String(sequence));
    },
    ending: (failure) => {
      const problem = failure === null ? "" : end("error", toProblem(failure.error, failure.requestId));
      return problem + end("done", {});
    },
  };
}

type EndEvent = "error" | "done";

/**
 * Where a stream stands after an event, by the event's id. What ends a stream stands where the event before it does: a
 * client that names it as the last that it saw goes on from there.
 */
export function positionOf(eventId: string): string {
  return eventId.replace(/\.(?:error|done)$/, "");
}

interface EventStreamOptions {
  readonly events: AsyncIterable<StreamEvent>;
  readonly clock: Clock;
  readonly requestId: string;
  readonly format: EventFormat;
  /** Go on reading the events after the client left, so that what hangs on their end happens. */
  readonly drainsAfterCancel: boolean;
  /** Called once, when the last event was written or the stream was given up. */
  onEnd(outcome: { error: AppError | null }): void | Promise<void>;
}

const timedOut = Symbol("timed out");

/** Server-sent events as a byte stream: heartbeat, deadline, and a failure told as the format does, never a broken connection. */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const { format } = options;
  const iterator = options.events[Symbol.asyncIterator]();
  const ending = new AbortController();
  let isCancelled = false;

  async function run(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const write = (text: string) => {
      if (!isCancelled) controller.enqueue(encoder.encode(text));
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
        write(format.event((next as IteratorYieldResult<StreamEvent>).value));
      }
    } catch (thrown) {
      error = toAppError(thrown);
    } finally {
      clearInterval(heartbeat);
      ending.abort("ended");
      // A producer that waits must not hold the stream's end back, so nobody waits for it.
      void iterator.return?.()?.catch(() => undefined);
    }
    write(format.ending(error === null ? null : { error, requestId: options.requestId }));
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
