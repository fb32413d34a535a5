import type { Clock } from "../../../../src/ports/platform.ts";
import type { ChatChunk, ImageRequest } from "../../../../src/ports/providers.ts";

/** A clock that only sleeping moves on, and that remembers how long each sleep was. */
export interface VirtualClock extends Clock {
  readonly sleeps: readonly number[];
  advance(ms: number): void;
}

export function createVirtualClock(startMs = Date.parse("2026-03-01T12:00:00Z")): VirtualClock {
  let nowMs = startMs;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: async (ms, signal) => {
      sleeps.push(ms);
      if (signal?.aborted !== true) {
        nowMs += ms;
      }
    },
  };
}

/** A signal that nobody aborts. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

export function user(content: string): { readonly role: "user"; readonly content: string } {
  return { role: "user", content };
}

export function assistant(content: string): { readonly role: "assistant"; readonly content: string } {
  return { role: "assistant", content };
}

/** Everything that a stream said before it ended or failed. */
export interface Heard {
  readonly chunks: readonly ChatChunk[];
  readonly texts: readonly string[];
  readonly text: string;
  readonly usage: { promptTokens: number; completionTokens: number } | undefined;
  readonly finish: string | undefined;
  readonly error: unknown;
}

export async function listen(stream: AsyncIterable<ChatChunk>, onText?: (count: number) => void): Promise<Heard> {
  const chunks: ChatChunk[] = [];
  const texts: string[] = [];
  let error: unknown;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunk.type === "text") {
        texts.push(chunk.text);
        onText?.(texts.length);
      }
    }
  } catch (thrown) {
    error = thrown;
  }
  const usage = chunks.find((chunk) => chunk.type === "usage");
  const finish = chunks.find((chunk) => chunk.type === "finish");
  return {
    chunks,
    texts,
    text: texts.join(""),
    usage: usage && { promptTokens: usage.promptTokens, completionTokens: usage.completionTokens },
    finish: finish?.reason,
    error,
  };
}

export function imageRequest(prompt: string, changes: Partial<ImageRequest> = {}): ImageRequest {
  return {
    generationId: "gen_01TEST",
    model: "muse-image",
    prompt,
    negativePrompt: null,
    width: 128,
    height: 96,
    numImages: 1,
    guidanceScale: null,
    numInferenceSteps: null,
    seed: 7,
    initImage: null,
    denoisingStrength: null,
    ...changes,
  };
}
