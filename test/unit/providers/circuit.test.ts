import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AppError } from "../../../src/domain/errors.ts";
import type { ChatChunk, ChatProvider, ChatRequest } from "../../../src/ports/providers.ts";
import { createCircuit, guardChatProvider, guardImageProvider } from "../../../src/providers/circuit.ts";
import { downloadPicture } from "../../../src/providers/pictures.ts";
import { pictureRequest } from "../../integration/providers/stand-in.ts";

const ignore = () => undefined;
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const open = () => createCircuit({ provider: "example", logger, firstPauseMs: 1_000 });
const never = new AbortController().signal;

const failing = () => Promise.reject(new AppError("provider_failed", { isRetryable: true }));
const refusing = () => Promise.reject(new AppError("provider_failed"));
const answering = () => Promise.resolve("answer");
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "nothing",
    (error: unknown) => error,
  );

async function fail(circuit: ReturnType<typeof open>, times: number, call = failing): Promise<void> {
  for (let count = 0; count < times; count += 1) await thrown(circuit.execute(never, call));
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a circuit", () => {
  it("opens after failures in a row, and then answers at once when to come again", async () => {
    const circuit = open();
    await fail(circuit, 7);
    expect(await circuit.execute(never, answering)).toBe("answer");
    await fail(circuit, 8);
    const call = vi.fn(answering);
    const away = { code: "unavailable", isRetryable: true, retryAfterSeconds: 1 };
    expect(await thrown(circuit.execute(never, call))).toMatchObject(away);
    expect(call).not.toHaveBeenCalled();
    expect(() => circuit.requireClosed()).toThrow(expect.objectContaining(away));
  });

  it("tries the provider with one call after the pause, and closes when it answers", async () => {
    const circuit = open();
    await fail(circuit, 8);
    vi.advanceTimersByTime(1_000);
    circuit.requireClosed();
    const probe = Promise.withResolvers<string>();
    const probing = circuit.execute(never, () => probe.promise);
    expect(await thrown(circuit.execute(never, answering))).toMatchObject({ code: "unavailable" });
    probe.resolve("back");
    expect(await probing).toBe("back");
    expect(await circuit.execute(never, answering)).toBe("answer");
  });

  it("waits longer each time that the try fails", async () => {
    const circuit = open();
    await fail(circuit, 8);
    for (const seconds of [2, 4, 8]) {
      vi.advanceTimersByTime((seconds / 2) * 1_000);
      expect(await thrown(circuit.execute(never, failing))).toMatchObject({ code: "provider_failed" });
      expect(await thrown(circuit.execute(never, answering))).toMatchObject({ retryAfterSeconds: seconds });
    }
  });

  it("is not kept closed by work that goes on while all new work fails, but closed by it after a pause", async () => {
    const circuit = open();
    for (let count = 0; count < 8; count += 1) {
      await fail(circuit, 1);
      await thrown(circuit.follow(never, answering));
    }
    expect(await thrown(circuit.follow(never, answering))).toMatchObject({ code: "unavailable" });
    vi.advanceTimersByTime(1_000);
    expect(await circuit.follow(never, answering)).toBe("answer");
    await fail(circuit, 4);
    for (let count = 0; count < 4; count += 1) await thrown(circuit.follow(never, failing));
    expect(await thrown(circuit.execute(never, answering))).toMatchObject({ code: "unavailable" });
  });

  it("stays closed for what is no fault of the provider", async () => {
    const circuit = open();
    await fail(circuit, 20, refusing);
    await fail(circuit, 20, () => Promise.reject(new Error("a defect of ours")));
    const abort = new AbortController();
    abort.abort();
    for (let count = 0; count < 20; count += 1) {
      expect(await thrown(circuit.execute(abort.signal, failing))).toMatchObject({ code: "provider_failed" });
    }
    expect(await circuit.execute(never, answering)).toBe("answer");
  });
});

describe("a chat provider behind its circuit", () => {
  const request: ChatRequest = { model: "m", messages: [], maxTokens: 1 };

  function provider(stream: ChatProvider["stream"]) {
    const circuit = open();
    return { circuit, guarded: guardChatProvider({ name: "example", stream }, circuit) };
  }

  async function read(from: ChatProvider): Promise<ChatChunk[]> {
    const chunks: ChatChunk[] = [];
    for await (const chunk of from.stream(request, never)) chunks.push(chunk);
    return chunks;
  }

  it("streams as before", async () => {
    const chunks: ChatChunk[] = [
      { type: "text", text: "Hello" },
      { type: "finish", reason: "stop" },
    ];
    const { guarded } = provider(async function* () {
      yield* chunks;
    });
    expect(await read(guarded)).toEqual(chunks);
  });

  it("is left alone when no answer begins, and not for one that breaks off", async () => {
    let breaksOff = true;
    const { circuit, guarded } = provider(async function* () {
      if (breaksOff) yield { type: "text", text: "Hel" };
      throw new AppError("provider_failed", { isRetryable: true });
    });
    for (let count = 0; count < 20; count += 1) await thrown(read(guarded));
    circuit.requireClosed();
    breaksOff = false;
    for (let count = 0; count < 8; count += 1) await thrown(read(guarded));
    expect(await thrown(read(guarded))).toMatchObject({ code: "unavailable" });
  });

  it("lets go of a stream that its reader leaves", async () => {
    const left = vi.fn();
    const { guarded } = provider(async function* () {
      try {
        while (true) yield { type: "text", text: "more" };
      } finally {
        left();
      }
    });
    for await (const _chunk of guarded.stream(request, never)) break;
    expect(left).toHaveBeenCalledOnce();
  });
});

describe("a provider of pictures behind its circuit", () => {
  it("stays open to all for outputs that are no pictures, and is left alone for those that do not come", async () => {
    const circuit = open();
    const gone = async () => Promise.reject(new Error("not asked"));
    const fetch = async () => new Response(null, { status: 500 });
    const apiUrl = new URL("https://api.example");
    const clock = { now: () => new Date(), sleep: async () => undefined };
    const guarded = guardImageProvider(
      {
        name: "example",
        pollIntervalMs: 1,
        create: gone,
        get: gone,
        cancel: gone,
        download: (output, _request, signal) =>
          downloadPicture({ provider: "example", fetch, clock, timeoutMs: 1_000, apiUrl }, output, signal),
      },
      circuit,
    );
    const download = (output: string) => thrown(guarded.download(output, pictureRequest(), never));
    for (let count = 0; count < 20; count += 1) {
      expect(await download("data:image/png;base64,AAAA")).toMatchObject({
        code: "provider_failed",
        isRetryable: true,
      });
    }
    circuit.requireClosed();
    for (let count = 0; count < 8; count += 1) await download("https://api.example/picture.png");
    expect(await download("data:image/png;base64,AAAA")).toMatchObject({ code: "unavailable" });
  });
});
