import type { ToolCall } from "../../domain/prompt.ts";
import type { ChatCompletionChunkJson, ChatCompletionJson, OpenAIUsage } from "../../schemas/openai.ts";
import type { TokenUsage } from "../chat/credit-meter.ts";
import type { Completion, CompletionPart } from "./complete-chat.ts";

/** An event as the HTTP layer streams it; OpenAI's have no names, so this one never leaves. */
interface ChunkEvent {
  readonly event: "chunk";
  readonly data: ChatCompletionChunkJson;
}

/** Reads an answer to its end. @throws AppError when the provider breaks off */
export async function toCompletionJson(completion: Completion): Promise<ChatCompletionJson> {
  let text = "";
  const calls: ToolCall[] = [];
  let end: Extract<CompletionPart, { type: "end" }> | undefined;
  for await (const part of completion.parts) {
    if (part.type === "text") text += part.text;
    else if (part.type === "tool_call") calls.push(part.call);
    else end = part;
  }
  if (end === undefined) throw new Error("an answer ends with its end");
  return {
    ...commonFields(completion),
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && calls.length > 0 ? null : text,
          refusal: null,
          ...(calls.length === 0 ? {} : { tool_calls: calls.map(toCallJson) }),
        },
        logprobs: null,
        finish_reason: end.finishReason,
      },
    ],
    usage: toUsageJson(end.usage),
  };
}

/**
 * An answer as OpenAI's chunks: role, pieces, finish, and the usage behind them where it was asked for. A reader that
 * leaves cancels the answer at once, even while the provider is silent.
 */
export function toChunkEvents(completion: Completion, options: { includeUsage: boolean }): AsyncIterable<ChunkEvent> {
  return {
    [Symbol.asyncIterator]: () => {
      const chunks = writeChunks(completion, options.includeUsage);
      return {
        next: () => chunks.next(),
        return: () => {
          completion.cancel();
          return chunks.return();
        },
      };
    },
  };
}

async function* writeChunks(completion: Completion, includeUsage: boolean): AsyncGenerator<ChunkEvent, void> {
  type Choice = ChatCompletionChunkJson["choices"][number];
  const chunk = (choices: readonly Choice[], usage: OpenAIUsage | null = null): ChunkEvent => ({
    event: "chunk",
    data: {
      ...commonFields(completion),
      object: "chat.completion.chunk",
      choices,
      ...(includeUsage ? { usage } : {}),
    },
  });
  const choice = (delta: Choice["delta"], finishReason: Choice["finish_reason"] = null): Choice => ({
    index: 0,
    delta,
    logprobs: null,
    finish_reason: finishReason,
  });
  yield chunk([choice({ role: "assistant", content: "" })]);
  for await (const part of completion.parts) {
    switch (part.type) {
      case "text":
        yield chunk([choice({ content: part.text })]);
        break;
      case "tool_call":
        yield chunk([choice({ tool_calls: [{ index: part.index, ...toCallJson(part.call) }] })]);
        break;
      case "end":
        yield chunk([choice({}, part.finishReason)]);
        if (includeUsage) yield chunk([], toUsageJson(part.usage));
    }
  }
}

function commonFields({ id, createdAt, model }: Completion) {
  return { id, created: Math.floor(createdAt.getTime() / 1_000), model };
}

function toCallJson(call: ToolCall) {
  return { id: call.id, type: "function" as const, function: { name: call.name, arguments: call.arguments } };
}

function toUsageJson({ promptTokens, completionTokens }: TokenUsage): OpenAIUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
