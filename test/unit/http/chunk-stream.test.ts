import { describe, expect, it } from "vitest";
import { chunkStream } from "../../../src/http/chunk-stream.ts";

function producer(chunks: readonly (string | Error)[]) {
  const seen = { made: 0, isClosed: false };
  async function* make() {
    try {
      for (const chunk of chunks) {
        seen.made += 1;
        if (chunk instanceof Error) throw chunk;
        yield chunk;
      }
    } finally {
      seen.isClosed = true;
    }
  }
  const ends: unknown[] = [];
  const stream = chunkStream(make(), (error) => ends.push(error));
  return { seen, ends, stream };
}

describe("a stream of chunks", () => {
  it("is the whole text, and its end is told once", async () => {
    const { stream, ends } = producer(["a", "é🦀", "c"]);
    expect(await new Response(stream).text()).toBe("aé🦀c");
    expect(ends).toEqual([null]);
  });

  it("makes nothing before it is read, and one chunk at a time", async () => {
    const { stream, seen } = producer(["a", "b", "c"]);
    expect(seen.made).toBe(0);
    const reader = stream.getReader();
    await reader.read();
    expect(seen.made).toBe(1);
    await reader.cancel();
  });

  it("breaks off when making fails", async () => {
    const failure = new Error("the database is away");
    const { stream, ends } = producer(["a", failure, "c"]);
    await expect(new Response(stream).text()).rejects.toThrow();
    expect(ends).toEqual([failure]);
  });

  it("stops making when nobody reads any more", async () => {
    const { stream, ends, seen } = producer(["a", "b", "c"]);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect([seen.isClosed, seen.made, ends]).toEqual([true, 1, [null]]);
  });
});
