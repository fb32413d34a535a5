import { type PromptMessage, promptText } from "../../../domain/prompt.ts";

/** A message as the simulated model takes it in: words only. */
export interface SpokenMessage {
  readonly role: PromptMessage["role"];
  readonly content: string;
}

export function toSpoken(messages: readonly PromptMessage[]): SpokenMessage[] {
  return messages.map(({ role, content }) => ({ role, content: promptText(content) }));
}
