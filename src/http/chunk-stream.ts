/**
 * A response body out of text or bytes that are made while it is read.
 *
 * Nothing is made before somebody reads, and one chunk at a time. When making fails the stream breaks off, so that
 * the client sees an incomplete file as what it is: the status has gone out by then.
 * @param onEnd told once: null at the end and when the client leaves, else what went wrong
 */
export function chunkStream(
  chunks: AsyncIterable<string | Uint8Array>,
  onEnd: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await iterator.next();
          if (done !== true) return controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
          controller.close();
          onEnd(null);
        } catch (error) {
          controller.error(error);
          onEnd(error);
        }
      },
      cancel: async () => {
        await iterator.return?.();
        onEnd(null);
      },
    },
    { highWaterMark: 0 },
  );
}
