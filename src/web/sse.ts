export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** Null where the event names none; what a stream is resumed from. */
  readonly id: string | null;
}

/** Thrown when nothing, not even a heartbeat, arrived for too long. */
class SilentStreamError extends Error {
  override readonly name = "SilentStreamError";
}

/** The server sends a heartbeat every 15 s; after three missed ones the connection is taken for dead. */
const silenceMs = 50_000;

async function beforeSilence<T>(reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SilentStreamError("the stream fell silent")), silenceMs);
  });
  try {
    return await Promise.race([reading, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads one block of lines (everything up to an empty line); null where it holds only comments. */
function parseBlock(block: string): ServerEvent | null {
  let event = "message";
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith(":")) continue;
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "id") id = value;
    if (field === "data") data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join("\n"), id };
}

/**
 * Reads server-sent events from a response body, as the HTML standard defines the format.
 * @throws SilentStreamError when the stream is silent for too long; TypeError when the connection breaks
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await beforeSilence(reader.read());
      if (done) return;
      // A carriage return that ends a chunk may be half of a line break, so it waits for the next chunk.
      buffer = (buffer + decoder.decode(value, { stream: true })).replace(/\r\n|\r(?!$)/g, "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
