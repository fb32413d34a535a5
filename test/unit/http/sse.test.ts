import { describe, expect, it, vi } from "vitest";
import { AppError } from "../../../src/domain/errors.ts";
import type { StreamEvent } from "../../../src/http/reply.ts";
import { createEventFormat, eventStream } from "../../../src/http/sse.ts";
import type { Clock } from "../../../src/ports/platform.ts";

/** A clock whose sleeps end when the test says so. */
function manualClock(): Clock & { wake(): void } {
  let wake = (): void => undefined;
  return {
    now: () => new Date(0),
    sleep: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
    wake: () => wake(),
  };
}

const read = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

async function* events(...list: readonly StreamEvent[]): AsyncGenerator<StreamEvent> {
  yield* list;
}

const open = (source: AsyncIterable<StreamEvent>, clock = manualClock(), drainsAfterCancel = false) => {
  const onEnd = vi.fn();
  const format = createEventFormat(null);
  return {
    onEnd,
    stream: eventStream({ events: source, format, clock, requestId: "req_1", drainsAfterCancel, onEnd }),
  };
};

describe("eventStream", () => {
  it("numbers the events, keeps ids that they have, and ends with done where the last one stands", async () => {
    const { stream, onEnd } = open(
      events({ event: "a", data: { x: 1 } }, { event: "b", data: "two\nlines", id: "9-4" }),
    );
    expect(await read(stream)).toBe(
      'id: 1\nevent: a\ndata: {"x":1}\n\nid: 9-4\nevent: b\ndata: "two\\nlines"\n\nid: 9-4.done\nevent: done\ndata: {}\n\n',
    );
    expect(onEnd).toHaveBeenCalledExactlyOnceWith({ error: null });
  });

  it("that goes on after an event stands there even if nothing comes", async () => {
    const readAfter = async (id: string) =>
      read(
        eventStream({
          events: events(),
          format: createEventFormat(id),
          clock: manualClock(),
          requestId: "req_1",
          drainsAfterCancel: false,
          onEnd: vi.fn(),
        }),
      );
    expect(await readAfter("9-4")).toBe("id: 9-4.done\nevent: done\ndata: {}\n\n");
    expect(await readAfter("9-4.done")).toBe("id: 9-4.done\nevent: done\ndata: {}\n\n");
  });

  it("turns a failure into an error event, without its inside", async () => {
    async function* failing(): AsyncGenerator<StreamEvent> {
      yield { event: "a", data: 1 };
      throw new Error("secret connection string");
    }
    const { stream, onEnd } = open(failing());
    const text = await read(stream);
    expect(text).toContain("event: error");
    expect(text).toContain('"code":"internal"');
    expect(text).toContain('"request_id":"req_1"');
    expect(text).not.toContain("secret");
    expect(text.trimEnd().endsWith("event: done\ndata: {}")).toBe(true);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("tells the code of a foreseen failure", async () => {
    async function* failing(): AsyncGenerator<StreamEvent> {
      yield* events();
      throw new AppError("provider_timeout");
    }
    expect(await read(open(failing()).stream)).toContain('"status":504');
  });

  it("ends at its deadline even if the events never do", async () => {
    const clock = manualClock();
    const never: AsyncIterable<StreamEvent> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const text = read(open(never, clock).stream);
    clock.wake();
    expect(await text).toContain('"code":"provider_timeout"');
  });

  it("sends comments while nothing happens", async () => {
    vi.useFakeTimers();
    try {
      const clock = manualClock();
      const never: AsyncIterable<StreamEvent> = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
      };
      const text = read(open(never, clock).stream);
      await vi.advanceTimersByTimeAsync(31_000);
      clock.wake();
      expect((await text).match(/: keep-alive/g)).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("goes on reading for a client that left, when something hangs on the end", async () => {
    let produced = 0;
    async function* counted(): AsyncGenerator<StreamEvent> {
      for (; produced < 5; produced += 1) yield { event: "a", data: produced };
    }
    const { stream, onEnd } = open(counted(), manualClock(), true);
    await stream.cancel();
    await vi.waitFor(() => expect(onEnd).toHaveBeenCalledOnce());
    expect(produced).toBe(5);
  });
});
