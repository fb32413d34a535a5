import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { ImageProvider, ImageRequest, Prediction } from "../../../src/ports/providers.ts";
import { listen } from "../../support/loopback.ts";

/** One request as the stand-in got it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the vendor's fields and asserts them one by one
  readonly body: any;
}

export type Answering = (response: ServerResponse, seen: Seen) => void;

/** Answers by "METHOD /path": one a request, and the last of them for all that follow. */
export type Answers = Readonly<Record<string, Answering | readonly Answering[]>>;

export interface StandIn {
  readonly url: string;
  readonly seen: Seen[];
  /** Requests by "METHOD /path". */
  of(key: string): Seen[];
  close(): void;
}

/** A vendor on loopback that answers as a test tells it to, faults included; what it was not told is 404. */
export async function standIn(answers: Answers): Promise<StandIn> {
  const seen: Seen[] = [];
  const keyOf = ({ method, path }: Seen) => `${method} ${path.split("?")[0]}`;
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("latin1");
    const isJson = request.headers["content-type"]?.includes("json") ?? false;
    const body = isJson && text !== "" ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    const one: Seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, text, body };
    const before = seen.filter((other) => keyOf(other) === keyOf(one)).length;
    seen.push(one);
    const told = answers[keyOf(one)] ?? status(404, { detail: "Not Found" });
    const list = typeof told === "function" ? [told] : told;
    list[Math.min(before, list.length - 1)]?.(response, one);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    of: (key) => seen.filter((one) => keyOf(one) === key),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const json =
  (body: unknown, code = 200): Answering =>
  (response) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };

export const status =
  (code: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): Answering =>
  (response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };

export const bytes =
  (content: Uint8Array): Answering =>
  (response) => {
    response.writeHead(200, { "content-type": "image/png" });
    response.end(content);
  };

export const garbage: Answering = (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end("<html>not what was asked");
};

export const reset: Answering = (response) => {
  response.socket?.resetAndDestroy();
};

/** Takes the request and never answers. */
export const silence: Answering = () => undefined;

/** A patience for a vendor with this answer, in ms: short where it will run out, ample where a busy machine must not end it. */
export function timeoutFor(answer: Answering): number {
  return answer === silence ? 1_000 : 20_000;
}

export async function fixture(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(new URL(`../../fixtures/${path}`, import.meta.url), "utf8"));
}

/** A picture of one pixel. */
export const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

export function pictureRequest(changes: Partial<ImageRequest> = {}): ImageRequest {
  return {
    generationId: "gen_1",
    model: "stability-ai/sdxl",
    prompt: "a lighthouse",
    negativePrompt: null,
    width: 768,
    height: 512,
    numImages: 2,
    guidanceScale: null,
    numInferenceSteps: null,
    seed: 7,
    initImage: null,
    denoisingStrength: null,
    ...changes,
  };
}

export const never = new AbortController().signal;

/** What a promise was rejected with. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`it did not fail: ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  );

/** Asks until the job has ended. */
export async function ended(provider: ImageProvider, id: string, request: ImageRequest): Promise<Prediction> {
  const until = Date.now() + 5_000;
  while (true) {
    const prediction = await provider.get(id, request, never);
    if (prediction.status !== "running") return prediction;
    if (Date.now() > until) throw new Error("it did not end");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 3_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
