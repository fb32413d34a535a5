import type OpenAI from "openai";
import type { PromptMessage, PromptPart } from "../../domain/prompt.ts";
import type { ChatRequest } from "../../ports/providers.ts";

/** Our messages in the words of OpenAI's chat completions. */
export function toOpenAIMessage(message: PromptMessage): OpenAI.ChatCompletionMessageParam {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return {
        role: "user",
        content: typeof message.content === "string" ? message.content : message.content.map(toOpenAIPart),
      };
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    case "assistant":
      return {
        role: "assistant",
        content: message.content,
        ...(message.toolCalls === undefined
          ? {}
          : {
              tool_calls: message.toolCalls.map((call) => ({
                id: call.id,
                type: "function" as const,
                function: { name: call.name, arguments: call.arguments },
              })),
            }),
      };
  }
}

function toOpenAIPart(part: PromptPart): OpenAI.ChatCompletionContentPart {
  if (part.type === "text") return { type: "text", text: part.text };
  return { type: "image_url", image_url: { url: `data:${part.mimeType};base64,${part.base64}` } };
}

type Options = Partial<Omit<OpenAI.ChatCompletionCreateParamsStreaming, "messages" | "model" | "stream">>;

/** What a request says besides its messages; what it leaves out is left to the provider. */
export function toOpenAIOptions(request: ChatRequest): Options {
  const { temperature, topP, presencePenalty, frequencyPenalty, seed } = request;
  const { stop, tools, toolChoice, responseFormat } = request;
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop: [...stop] }),
    ...(responseFormat === undefined
      ? {}
      : { response_format: responseFormat as unknown as NonNullable<Options["response_format"]> }),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map((tool) => ({ type: "function" as const, function: { ...tool } })),
          ...(toolChoice === undefined ? {} : { tool_choice: toOpenAIToolChoice(toolChoice) }),
        }),
  };
}

function toOpenAIToolChoice(choice: NonNullable<ChatRequest["toolChoice"]>): OpenAI.ChatCompletionToolChoiceOption {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}
