import type { Conversation } from "../../domain/conversation.ts";
import { AppError } from "../../domain/errors.ts";
import type { Message } from "../../domain/message.ts";
import { chatCostCredits } from "../../domain/plans.ts";
import { fitPrompt, type PromptImage } from "../../domain/prompt.ts";
import type { UserPreferences } from "../../domain/user-settings.ts";
import type { ChatModel, Tokenizer, ToolDefinition } from "../../ports/providers.ts";
import { describeTools } from "../tools/tool.ts";
import { initialHoldCredits } from "./credit-meter.ts";
import type { Prompt, TurnDependencies } from "./turn.ts";

/** Tokens of an answer where neither the conversation nor the model says less. */
const defaultAnswerTokens = 4_096;

/** A conversation's own settings of the model, as its `metadata` holds them. */
export interface ModelSettings {
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly top_p?: number;
  /** `tools: false` keeps tools from the model; `summary: false` leaves out of mind what does not fit. */
  readonly custom_settings?: { readonly tools?: unknown; readonly summary?: unknown };
}

/**
 * The prompt of a turn: system prompt, then the newest messages that fit the model's window, then the new one.
 * @param input.history newest first
 * @throws AppError `unprocessable` when the new message alone does not fit
 */
export async function preparePrompt(
  { tokenizer, tools }: Pick<TurnDependencies, "tokenizer" | "tools">,
  input: {
    conversation: Conversation;
    history: readonly Message[];
    model: ChatModel;
    content: string;
    images: readonly PromptImage[];
    /** The user's own defaults, where the conversation says nothing. */
    preferences: Pick<UserPreferences, "temperature" | "max_tokens">;
    /** Blocks of data behind the system prompt: memories, files, a summary; each marked as such. */
    context: readonly string[];
  },
): Promise<Prompt> {
  const { conversation, history, model, content, images } = input;
  const systemPrompt = [conversation.system_prompt, ...input.context].filter((block) => block !== "").join("\n\n");
  const settings = conversation.metadata as ModelSettings;
  const maxTokens = Math.min(
    settings.max_tokens ?? input.preferences.max_tokens ?? defaultAnswerTokens,
    model.maxOutputTokens,
  );
  const offered = model.supportsTools && settings.custom_settings?.tools !== false ? describeTools(await tools()) : [];
  const toolTokens = await countTools(tokenizer, offered);
  const answerRoom = Math.min(maxTokens, Math.floor(model.contextWindow / 2));
  const budgetTokens = model.contextWindow - answerRoom - toolTokens;
  const fitWith = (count: (text: string) => number) => {
    const fit = fitPrompt({ systemPrompt, history, content, images, budgetTokens, count });
    return { ...fit, promptTokens: fit.promptTokens + toolTokens };
  };
  // A token is at least one byte. Where even that bound costs one credit and fits, the tokenizer (slow to load) is not needed.
  const bound = fitWith((text) => Buffer.byteLength(text));
  const isSmall = bound.omittedMessages === 0 && chatCostCredits(bound.promptTokens) <= initialHoldCredits;
  const counted = isSmall ? bound : fitWith(await tokenizer.counter());
  if (counted.promptTokens > model.contextWindow - answerRoom) {
    throw new AppError("unprocessable", {
      detail: `The message has more tokens than the model ${model.id} takes.`,
      errors: [{ path: "content", message: `must fit ${budgetTokens} tokens together with the system prompt` }],
    });
  }
  return {
    messages: counted.messages,
    promptTokens: isSmall ? undefined : counted.promptTokens,
    omittedMessages: counted.omittedMessages,
    maxTokens,
    temperature: settings.temperature ?? input.preferences.temperature ?? undefined,
    topP: settings.top_p,
    tools: offered,
  };
}

const toolTokensOf = new WeakMap<readonly ToolDefinition[], number>();

/** Tokens that offering the tools costs. Counted once for a list of them: they are the same in every turn. */
async function countTools(tokenizer: Tokenizer, tools: readonly ToolDefinition[]): Promise<number> {
  if (tools.length === 0) return 0;
  const known = toolTokensOf.get(tools);
  if (known !== undefined) return known;
  const tokens = await tokenizer.count(JSON.stringify(tools));
  toolTokensOf.set(tools, tokens);
  return tokens;
}
