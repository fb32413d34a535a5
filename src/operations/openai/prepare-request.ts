import { AppError, invalidField } from "../../domain/errors.ts";
import { chatCostCredits } from "../../domain/plans.ts";
import { promptImages } from "../../domain/prompt.ts";
import type { ChatModel, ChatRequest, ProviderRegistry, Tokenizer, ToolDefinition } from "../../ports/providers.ts";
import type { ChatCompletionBody } from "../../schemas/openai.ts";
import { countPromptTokens, initialHoldCredits, promptTokensBound } from "../chat/credit-meter.ts";
import { toPrompt } from "./to-prompt.ts";

/** Tokens of an answer where the request does not say. */
const defaultAnswerTokens = 4_096;
/** The longest tokens of today's encodings are runs of 128 spaces. */
const longestTokenBytes = 128;

export interface PreparedRequest {
  readonly model: ChatModel;
  readonly request: ChatRequest;
  /** Undefined: so small that nobody had to count. */
  readonly promptTokens: number | undefined;
}

/**
 * What the provider will be asked; everything that can be refused is refused here, before any credit is touched.
 * @throws AppError `not_found` naming `model`, `validation_failed` for what the model cannot do, `unprocessable` naming
 * `messages` when they do not fit its window
 */
export async function prepareRequest(
  { providers, tokenizer }: { readonly providers: () => Promise<ProviderRegistry>; readonly tokenizer: Tokenizer },
  body: ChatCompletionBody,
): Promise<PreparedRequest> {
  const model = findModel(await providers(), body.model);
  const messages = toPrompt(body.messages);
  if (!model.supportsImages && messages.some(({ content }) => promptImages(content).length > 0)) {
    throw invalidField("messages", `have pictures, and the model ${model.id} cannot see`);
  }
  const tools = toTools(body, model);
  const wanted = Math.min(body.max_completion_tokens ?? body.max_tokens ?? defaultAnswerTokens, model.maxOutputTokens);
  const bound = promptTokensBound({ messages, tools });
  // Counting takes time, so what is too long in any case is not counted.
  if (bound > model.contextWindow * longestTokenBytes) throw contextExceeded(model);
  const isSmall = chatCostCredits(bound) <= initialHoldCredits && bound + wanted <= model.contextWindow;
  const promptTokens = isSmall ? undefined : await countPromptTokens(tokenizer, { messages, tools });
  const room = model.contextWindow - (promptTokens ?? bound);
  if (room <= 0) throw contextExceeded(model);
  const request: ChatRequest = {
    model: model.providerModel,
    messages,
    maxTokens: Math.min(wanted, room),
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    presencePenalty: body.presence_penalty ?? undefined,
    frequencyPenalty: body.frequency_penalty ?? undefined,
    seed: body.seed ?? undefined,
    stop: toStop(body.stop),
    responseFormat: body.response_format ?? undefined,
    ...(tools.length === 0 ? {} : { tools, toolChoice: toToolChoice(body, tools) }),
  };
  return { model, request, promptTokens };
}

function toStop(stop: ChatCompletionBody["stop"]): readonly string[] | undefined {
  const all = typeof stop === "string" ? [stop] : (stop ?? []);
  return all.length === 0 ? undefined : all;
}

const contextExceeded = (model: ChatModel) =>
  new AppError("unprocessable", {
    detail: `The messages are too long: the model ${model.id} takes ${model.contextWindow} tokens, its answer included.`,
    errors: [{ path: "messages", message: "are longer than the model's context window" }],
  });

function findModel(registry: ProviderRegistry, name: string): ChatModel {
  const model = registry.chatModels.find(
    ({ id, provider, providerModel }) => id === name || `${provider}:${providerModel}` === name,
  );
  if (model !== undefined) return model;
  throw modelNotFound(name);
}

/** OpenAI's `model_not_found`. */
export function modelNotFound(name: string): AppError {
  return new AppError("not_found", {
    detail: `The model ${JSON.stringify(name.slice(0, 100))} does not exist here; see GET /api/openai/v1/models.`,
    errors: [{ path: "model", message: "does not exist" }],
  });
}

function toTools(body: ChatCompletionBody, model: ChatModel): readonly ToolDefinition[] {
  const tools = (body.tools ?? []).map((tool) => ({
    name: tool.function.name,
    description: tool.function.description ?? "",
    parameters: tool.function.parameters ?? { type: "object", properties: {} },
    ...(tool.function.strict == null ? {} : { strict: tool.function.strict }),
  }));
  if (tools.length > 0 && !model.supportsTools) throw invalidField("tools", `the model ${model.id} calls no tools`);
  const names = new Set(tools.map(({ name }) => name));
  if (names.size < tools.length) throw invalidField("tools", "must have different names");
  const choice = body.tool_choice ?? "auto";
  if (tools.length === 0 && choice !== "none" && choice !== "auto") {
    throw invalidField("tool_choice", "is of use only together with tools");
  }
  if (typeof choice === "object" && !names.has(choice.function.name)) {
    throw invalidField("tool_choice", "must name one of the tools");
  }
  return tools;
}

function toToolChoice(body: ChatCompletionBody, tools: readonly ToolDefinition[]): ChatRequest["toolChoice"] {
  const { tool_choice: choice } = body;
  if (typeof choice !== "object" || choice === null) return choice ?? undefined;
  return tools.find(({ name }) => name === choice.function.name);
}
