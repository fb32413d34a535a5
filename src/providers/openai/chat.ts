import { randomUUID } from "node:crypto";
import type OpenAI from "openai";
import { AppError } from "../../domain/errors.ts";
import type { ToolCall } from "../../domain/prompt.ts";
import type { ChatChunk, ChatProvider, ChatRequest } from "../../ports/providers.ts";
import { readRetryAfter, timedOut } from "../failures.ts";
import { toProviderError } from "./failures.ts";
import { toOpenAIMessage, toOpenAIOptions } from "./messages.ts";

export interface OpenAIChatOptions {
  readonly name: string;
  readonly apiKey: string;
  /** Any OpenAI-compatible endpoint; undefined for OpenAI's own. */
  readonly baseUrl: string | undefined;
  /** Set for Azure OpenAI, whose client builds its addresses itself. */
  readonly azureEndpoint?: string | undefined;
  /** How long it may take until an answer begins, with all tries of the client, in ms. A minute unless given. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 60_000;
/** A provider that asks for a longer pause is not asked again by the same turn. */
const longestPauseSeconds = 5;
const azureApiVersion = "2024-10-21";

/**
 * Chat through the official `openai` client: OpenAI, Azure OpenAI, and whatever speaks the same protocol (Ollama, Gemini,
 * DeepSeek) by its base URL. The client itself retries what failed before the first byte.
 */
export function createOpenAIChatProvider(options: OpenAIChatOptions): ChatProvider {
  let client: Promise<OpenAI> | undefined;
  // Compatible servers know only the older `max_tokens`; OpenAI's newer models know only its successor.
  const limitField = options.baseUrl === undefined ? "max_completion_tokens" : "max_tokens";
  return {
    name: options.name,
    async *stream(request, signal) {
      client ??= createClient(options);
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), options.patienceMs ?? usualPatienceMs);
      try {
        const either = AbortSignal.any([signal, patience.signal]);
        const stream = await openStream(await client, request, limitField, either);
        clearTimeout(timer);
        yield* readStream(stream, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw patience.signal.aborted ? timedOut(options.name, error) : await toProviderError(options.name, error);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function* readStream(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
  signal: AbortSignal,
): AsyncGenerator<ChatChunk, void> {
  let isFinished = false;
  let usage: UsageChunk | undefined;
  const calls = createCallAssembler();
  for await (const chunk of stream) {
    usage = readUsage(chunk) ?? usage;
    for (const read of readChunk(chunk, calls)) {
      isFinished ||= read.type === "finish";
      yield read;
    }
  }
  if (!isFinished && !signal.aborted) throw brokenAnswer();
  // Some servers tell the usage so far in every chunk: the last is the whole answer's.
  if (usage !== undefined) yield usage;
}

/** A server that does not know tools is asked once more without them; the answer matters more than the offer. */
async function openStream(
  client: OpenAI,
  request: ChatRequest,
  limitField: "max_tokens" | "max_completion_tokens",
  signal: AbortSignal,
) {
  const open = (asked: ChatRequest) =>
    client.chat.completions.create(
      {
        model: asked.model,
        messages: asked.messages.map(toOpenAIMessage),
        stream: true,
        stream_options: { include_usage: true },
        [limitField]: asked.maxTokens,
        ...toOpenAIOptions(asked),
      },
      { signal },
    );
  try {
    return await open(request);
  } catch (error) {
    const { BadRequestError } = await import("openai");
    const mayBeTools = error instanceof BadRequestError && /\btools?\b|function/i.test(error.message);
    if (!mayBeTools || request.tools === undefined || request.toolChoice !== "auto") throw error;
    return open({ ...request, tools: undefined });
  }
}

async function createClient(options: OpenAIChatOptions): Promise<OpenAI> {
  const { default: OpenAIClient, AzureOpenAI } = await import("openai");
  const common = {
    apiKey: options.apiKey,
    timeout: options.patienceMs ?? usualPatienceMs,
    maxRetries: 2,
    fetch: fetchWithoutLongPauses,
    // It would write what it cannot read to the console, answers to users included.
    logLevel: "off" as const,
  };
  if (options.azureEndpoint !== undefined) {
    return new AzureOpenAI({ ...common, endpoint: options.azureEndpoint, apiVersion: azureApiVersion });
  }
  return new OpenAIClient({ ...common, baseURL: options.baseUrl ?? null });
}

/**
 * The client would wait for as long as a server asks it to, up to a minute each time, and somebody is waiting for the
 * answer: a longer pause is told instead. `x-should-retry` is the client's own word for it.
 */
async function fetchWithoutLongPauses(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  const { status, statusText, body } = response;
  const pauseSeconds = readRetryAfter(response.headers.get("retry-after"), new Date()) ?? 0;
  if (response.ok || pauseSeconds <= longestPauseSeconds) return response;
  const headers = new Headers(response.headers);
  headers.set("x-should-retry", "false");
  return new Response(body, { status, statusText, headers });
}

type UsageChunk = Extract<ChatChunk, { type: "usage" }>;

/** @returns undefined unless both numbers are there and can be numbers of tokens: they are counted here then */
function readUsage({ usage }: OpenAI.ChatCompletionChunk): UsageChunk | undefined {
  const promptTokens: unknown = usage?.prompt_tokens;
  const completionTokens: unknown = usage?.completion_tokens;
  if (!isTokenCount(promptTokens) || !isTokenCount(completionTokens)) return undefined;
  return { type: "usage", promptTokens, completionTokens };
}

const isTokenCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Tolerant of what servers leave out: a chunk may lack choices, deltas or content. */
function* readChunk(chunk: OpenAI.ChatCompletionChunk, calls: CallAssembler): Iterable<ChatChunk> {
  const choice = chunk.choices?.[0];
  const text = choice?.delta?.content;
  if (typeof text === "string" && text !== "") yield { type: "text", text };
  for (const part of choice?.delta?.tool_calls ?? []) calls.add(part);
  if (choice?.finish_reason) {
    for (const call of calls.take()) yield { type: "tool_call", call };
    yield { type: "finish", reason: toFinishReason(choice.finish_reason) };
  }
}

interface CallAssembler {
  add(part: OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall): void;
  take(): ToolCall[];
}

/**
 * Calls come in pieces: the first has id and name, the others more of the arguments. `index` tells which is which; of
 * servers that give all calls the same one, or none, a new id does. Ones that give no ids get some here: a call's result
 * is told by it.
 */
function createCallAssembler(): CallAssembler {
  let pending: { index: number; id: string; name: string; arguments: string }[] = [];
  return {
    add: (part) => {
      const id = part.id ?? "";
      let call = pending.findLast(({ index }) => index === part.index);
      if (call === undefined || (id !== "" && call.id !== "" && id !== call.id)) {
        call = { index: part.index, id, name: "", arguments: "" };
        pending.push(call);
      }
      call.id ||= id;
      call.name += part.function?.name ?? "";
      call.arguments += part.function?.arguments ?? "";
    },
    take: () => {
      const calls = pending.map(({ id, name, arguments: given }) => ({
        id: id || `call_${randomUUID()}`,
        name,
        arguments: given,
      }));
      pending = [];
      return calls;
    },
  };
}

function toFinishReason(reason: string): Extract<ChatChunk, { type: "finish" }>["reason"] {
  return reason === "length" || reason === "content_filter" || reason === "tool_calls" ? reason : "stop";
}

const brokenAnswer = () =>
  new AppError("provider_failed", { detail: "The model provider's answer broke off.", isRetryable: true });
