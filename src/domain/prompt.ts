import type { Message } from "./message.ts";

/** A picture in a prompt, with its bytes: providers cannot reach addresses on a laptop or behind a signature. */
export interface PromptImage {
  readonly type: "image";
  readonly mimeType: string;
  readonly base64: string;
}

export type PromptPart = { readonly type: "text"; readonly text: string } | PromptImage;

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it; not parsed, since models make mistakes. */
  readonly arguments: string;
}

export type PromptMessage =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly PromptPart[] }
  | { readonly role: "assistant"; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: "tool"; readonly content: string; readonly toolCallId: string };

/** The words of a message's content; pictures have none. */
export function promptText(content: string | readonly PromptPart[]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** What a picture of a usual size weighs in OpenAI's models (765 tokens for 1024×1024 in high detail), in tokens. */
export const tokensPerImage = 765;

export function promptImages(content: string | readonly PromptPart[]): readonly PromptImage[] {
  return typeof content === "string" ? [] : content.flatMap((part) => (part.type === "image" ? [part] : []));
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
  /** Pictures that come with the new message. */
  images: readonly PromptImage[];
  budgetTokens: number;
  count: (text: string) => number;
}): { messages: PromptMessage[]; omittedMessages: number; promptTokens: number } {
  const weigh = (text: string) => input.count(text) + tokensPerMessage;
  let promptTokens = weigh(input.systemPrompt) + weigh(input.content) + input.images.length * tokensPerImage;
  const chosen: PromptMessage[] = [];
  for (const message of input.history) {
    const tokens = weigh(message.content);
    if (promptTokens + tokens > input.budgetTokens) break;
    promptTokens += tokens;
    chosen.push({ role: message.role === "user" ? "user" : "assistant", content: message.content });
  }
  const system: PromptMessage[] = input.systemPrompt === "" ? [] : [{ role: "system", content: input.systemPrompt }];
  const content =
    input.images.length === 0 ? input.content : [{ type: "text" as const, text: input.content }, ...input.images];
  return {
    messages: [...system, ...chosen.reverse(), { role: "user", content }],
    omittedMessages: input.history.length - chosen.length,
    promptTokens,
  };
}
