import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChatChunk, ChatRequest } from "../../../src/ports/providers.ts";
import { createOpenAIChatProvider } from "../../../src/providers/openai/chat.ts";
import { listen } from "../../support/loopback.ts";

/** A provider on loopback that answers as each test tells it to, faults included. */

type Handler = (response: ServerResponse, body: Record<string, unknown>, request: IncomingMessage) => void;

let server: Server | undefined;
const seen: { path: string | undefined; authorization: string | undefined; body: Record<string, unknown> }[] = [];

/** @returns the server's address */
async function serve(...handlers: readonly Handler[]): Promise<string> {
  seen.length = 0;
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = text === "" ? {} : JSON.parse(text);
    const handler = handlers[Math.min(seen.length, handlers.length - 1)];
    seen.push({ path: request.url, authorization: request.headers.authorization, body });
    handler?.(response, body, request);
  });
  const port = await listen(server);
  return `http://127.0.0.1:${port}/v1`;
}

const provider = async (...handlers: readonly Handler[]) =>
  createOpenAIChatProvider({ name: "openai", apiKey: "test-key", baseUrl: await serve(...handlers) });

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const line = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (delta: object, finish: string | null = null) =>
  line({
    id: "c",
    object: "chat.completion.chunk",
    created: 0,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const usage = line({
  id: "c",
  object: "chat.completion.chunk",
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
});
const streamOf =
  (...lines: readonly string[]): Handler =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(lines.join(""));
  };
const failing =
  (status: number, body: object = { error: { message: "a secret inside", type: "x" } }): Handler =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", "retry-after-ms": "1" });
    response.end(JSON.stringify(body));
  };

const request: ChatRequest = {
  model: "m",
  messages: [
    { role: "system", content: "Be kind." },
    { role: "user", content: "Hello" },
  ],
  maxTokens: 100,
};

async function read(from: Awaited<ReturnType<typeof provider>>, asked: ChatRequest = request): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  for await (const part of from.stream(asked, new AbortController().signal)) chunks.push(part);
  return chunks;
}

const failure = (from: Awaited<ReturnType<typeof provider>>, asked?: ChatRequest) =>
  read(from, asked).then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error,
  );

describe("an answer", () => {
  it("is counted once where every chunk tells the usage so far", async () => {
    const withUsage = (text: string, finish: string | null, completion: number) =>
      line({
        choices: [{ index: 0, delta: { content: text }, finish_reason: finish }],
        usage: { prompt_tokens: 7, completion_tokens: completion },
      });
    const openai = await provider(streamOf(withUsage("Hel", null, 1), withUsage("lo", "stop", 2), "data: [DONE]\n\n"));
    const counted = (await read(openai)).filter(({ type }) => type === "usage");
    expect(counted).toEqual([{ type: "usage", promptTokens: 7, completionTokens: 2 }]);
  });

  it.each([
    { prompt_tokens: "7", completion_tokens: 2 },
    { prompt_tokens: 7, completion_tokens: 1.5 },
    { prompt_tokens: 7, completion_tokens: -1 },
    { prompt_tokens: null, completion_tokens: 2 },
    {},
  ])("has no usage where it is not one: %j", async (told) => {
    const openai = await provider(
      streamOf(chunk({ content: "Hello" }, "stop"), line({ choices: [], usage: told }), "data: [DONE]\n\n"),
    );
    expect(await read(openai)).toEqual([
      { type: "text", text: "Hello" },
      { type: "finish", reason: "stop" },
    ]);
  });

  it("comes as text, usage and finish; the request says what is asked and nothing else", async () => {
    const openai = await provider(
      streamOf(
        chunk({ role: "assistant" }),
        chunk({ content: "Hel" }),
        chunk({ content: "lo" }),
        chunk({}, "stop"),
        usage,
        "data: [DONE]\n\n",
      ),
    );
    expect(await read(openai)).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "finish", reason: "stop" },
      { type: "usage", promptTokens: 7, completionTokens: 2 },
    ]);
    expect(seen[0]).toMatchObject({ path: "/v1/chat/completions", authorization: "Bearer test-key" });
    expect(seen[0]?.body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Hello" },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 100,
    });
  });

  it.each([
    ["length", "length"],
    ["content_filter", "content_filter"],
    ["something new", "stop"],
  ])("that ended by %s says so", async (given, expected) => {
    const openai = await provider(streamOf(chunk({ content: "x" }), chunk({}, given)));
    expect((await read(openai)).at(-1)).toEqual({ type: "finish", reason: expected });
  });

  it("puts tool calls together from their pieces", async () => {
    const piece = (index: number, part: object) => chunk({ tool_calls: [{ index, ...part }] });
    const openai = await provider(
      streamOf(
        piece(0, { id: "a", type: "function", function: { name: "get_time", arguments: "" } }),
        piece(0, { function: { arguments: '{"time_' } }),
        piece(1, { id: "b", type: "function", function: { name: "remember", arguments: "{}" } }),
        piece(0, { function: { arguments: 'zone":"UTC"}' } }),
        chunk({}, "tool_calls"),
      ),
    );
    const tools = [{ name: "get_time", description: "d", parameters: { type: "object" }, strict: true }];
    expect(await read(openai, { ...request, tools, toolChoice: "auto" })).toEqual([
      { type: "tool_call", call: { id: "a", name: "get_time", arguments: '{"time_zone":"UTC"}' } },
      { type: "tool_call", call: { id: "b", name: "remember", arguments: "{}" } },
      { type: "finish", reason: "tool_calls" },
    ]);
    expect(seen[0]?.body).toMatchObject({
      tool_choice: "auto",
      tools: [{ type: "function", function: { name: "get_time", strict: true } }],
    });
  });

  it("keeps calls apart of servers that give them one index, and gives those an id that have none", async () => {
    const piece = (part: object) => chunk({ tool_calls: [part] });
    const openai = await provider(
      streamOf(
        piece({ index: 0, id: "a", type: "function", function: { name: "get_time", arguments: "" } }),
        piece({ index: 0, id: "a", function: { arguments: "{}" } }),
        piece({ index: 0, id: "b", type: "function", function: { name: "remember", arguments: '{"content"' } }),
        piece({ index: 0, function: { arguments: ':"x"}' } }),
        chunk({}, "tool_calls"),
      ),
      streamOf(piece({ function: { name: "get_time", arguments: "{}" } }), chunk({}, "tool_calls")),
    );
    expect(await read(openai)).toEqual([
      { type: "tool_call", call: { id: "a", name: "get_time", arguments: "{}" } },
      { type: "tool_call", call: { id: "b", name: "remember", arguments: '{"content":"x"}' } },
      { type: "finish", reason: "tool_calls" },
    ]);
    const call = { id: expect.stringMatching(/^call_./), name: "get_time", arguments: "{}" };
    expect((await read(openai))[0]).toEqual({ type: "tool_call", call });
  });

  it("is asked with pictures, calls and results in OpenAI's words", async () => {
    const openai = await provider(streamOf(chunk({ content: "x" }), chunk({}, "stop")));
    await read(openai, {
      ...request,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image", mimeType: "image/png", base64: "AAAA" },
          ],
        },
        { role: "assistant", content: "", toolCalls: [{ id: "a", name: "f", arguments: "{}" }] },
        { role: "tool", toolCallId: "a", content: "42" },
      ],
    });
    expect(seen[0]?.body.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        ],
      },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "42" },
    ]);
  });
});

describe("a failure", () => {
  it.each([
    [429, "provider_failed", true],
    [500, "provider_failed", true],
    [503, "provider_failed", true],
    [504, "provider_timeout", true],
    [401, "provider_failed", false],
    [400, "provider_failed", false],
  ])("%i becomes %s, and none of the provider's words go on", async (status, code, isRetryable) => {
    const error = await failure(await provider(failing(status)));
    expect(error).toMatchObject({ name: "AppError", code, isRetryable });
    expect((error as Error).message).not.toContain("secret");
  });

  it("that passes is tried again before anything was said", async () => {
    const openai = await provider(failing(503), streamOf(chunk({ content: "x" }), chunk({}, "stop")));
    expect(await read(openai)).toHaveLength(2);
    expect(seen).toHaveLength(2);
  });

  it("is told at once where the provider asks for a longer pause than anybody waits", async () => {
    const openai = await provider((response) => {
      response.writeHead(429, { "content-type": "application/json", "retry-after": "30" });
      response.end("{}");
    });
    expect(await failure(openai)).toMatchObject({ code: "provider_failed", isRetryable: true, retryAfterSeconds: 30 });
    expect(seen).toHaveLength(1);
  });

  it("by words that cannot be read puts none of them onto the console", async () => {
    const said = (["error", "warn", "info", "log", "debug"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => undefined),
    );
    const openai = await provider(streamOf(chunk({ content: "half" }), "data: {private words\n\n"));
    expect(await failure(openai)).toMatchObject({ code: "provider_failed" });
    for (const spy of said) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it("in the middle comes after what was said", async () => {
    const openai = await provider((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chunk({ content: "half" }), () => setImmediate(() => response.destroy()));
    });
    const chunks: ChatChunk[] = [];
    const reading = (async () => {
      for await (const part of openai.stream(request, new AbortController().signal)) chunks.push(part);
    })();
    await expect(reading).rejects.toMatchObject({ code: "provider_failed" });
    expect(chunks).toEqual([{ type: "text", text: "half" }]);
  });

  it("of a stream that ends without a finish is a failure too", async () => {
    expect(await failure(await provider(streamOf(chunk({ content: "half" }))))).toMatchObject({
      code: "provider_failed",
    });
  });

  it("of an answer that is no stream is a failure", async () => {
    const openai = await provider((response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<html>a proxy's page</html>");
    });
    expect(await failure(openai)).toMatchObject({ code: "provider_failed" });
  });

  it("of a server that says nothing is told in time, and it is not asked again and again for that", async () => {
    const baseUrl = await serve(() => undefined);
    const openai = createOpenAIChatProvider({ name: "openai", apiKey: "k", baseUrl, patienceMs: 300 });
    expect(await failure(openai)).toMatchObject({ code: "provider_timeout", isRetryable: true });
    expect(seen).toHaveLength(1);
  });

  it("of a server that is not there is told", async () => {
    const openai = createOpenAIChatProvider({ name: "openai", apiKey: "k", baseUrl: "http://127.0.0.1:9/v1" });
    expect(await failure(openai)).toMatchObject({ code: "provider_failed", isRetryable: true });
  });

  it("by a server that knows no tools is answered by asking without them", async () => {
    const openai = await provider(
      failing(400, { error: { message: "this model does not support tools" } }),
      streamOf(chunk({ content: "x" }), chunk({}, "stop")),
    );
    const tools = [{ name: "f", description: "d", parameters: {} }];
    expect(await read(openai, { ...request, tools, toolChoice: "auto" })).toHaveLength(2);
    expect(seen[1]?.body).not.toHaveProperty("tools");
  });
});

it("ends quietly when it is stopped", async () => {
  const openai = await provider((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk({ content: "first" }));
  });
  const stop = new AbortController();
  const chunks: ChatChunk[] = [];
  for await (const part of openai.stream(request, stop.signal)) {
    chunks.push(part);
    stop.abort();
  }
  expect(chunks).toEqual([{ type: "text", text: "first" }]);
});
