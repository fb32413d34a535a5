import type { Message } from "./message.ts";

/** A message of the prompt with what it weighs. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Tokens that chat formats add a message (role and separators), as OpenAI's cookbook counts them. */
const tokensPerMessage = 4;

/**
 * Chooses the newest messages of a history that fit beside the system prompt and the new message.
 * @param input.history newest first
 * @param input.count tokens of a text
 * @param input.budgetTokens tokens for the whole prompt
 * @returns the prompt oldest first, and how many messages of the history were left out
 */
export function fitPrompt(input: {
  systemPrompt: string;
  history: readonly Message[];
  content: string;
  budgetTokens: number;
  count: (text: string) => number;
}): { messages: PromptMessage[]; omittedMessages: number; promptTokens: number } {
  const weigh = (text: string) => input.count(text) + tokensPerMessage;
  let promptTokens = weigh(input.systemPrompt) + weigh(input.content);
  const chosen: PromptMessage[] = [];
  for (const message of input.history) {
    const tokens = weigh(message.content);
    if (promptTokens + tokens > input.budgetTokens) break;
    promptTokens += tokens;
    chosen.push({ role: message.role === "user" ? "user" : "assistant", content: message.content });
  }
  const system: PromptMessage[] = input.systemPrompt === "" ? [] : [{ role: "system", content: input.systemPrompt }];
  return {
    messages: [...system, ...chosen.reverse(), { role: "user", content: input.content }],
    omittedMessages: input.history.length - chosen.length,
    promptTokens,
  };
}
