import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "../../../src/web/sse.ts";

async function collect(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

function bodyOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

const read = (...chunks: readonly string[]) => collect(bodyOf(...chunks));

describe("server-sent events", () => {
  it("have a name, data and the id that a stream is resumed from", async () => {
    expect(await read('id: 3-12\nevent: delta\ndata: {"text":"a"}\n\nevent: done\ndata: {}\n\n')).toEqual([
      { event: "delta", data: '{"text":"a"}', id: "3-12" },
      { event: "done", data: "{}", id: null },
    ]);
  });

  it("may be cut anywhere by the network, in the middle of a character too", async () => {
    const whole = new TextEncoder().encode("event: delta\r\ndata: süß\r\n\r\ndata: b\n\n");
    const bytes = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of whole) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await collect(bytes)).toEqual([
      { event: "delta", data: "süß", id: null },
      { event: "message", data: "b", id: null },
    ]);
  });

  it("are not made of comments, and an unfinished one is none", async () => {
    expect(await read(": keep-alive\n\n", "data: a\ndata: b\n\n", "data: lost")).toEqual([
      { event: "message", data: "a\nb", id: null },
    ]);
  });
});
