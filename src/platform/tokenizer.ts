import { promptImages, promptText, tokensPerImage } from "../domain/prompt.ts";
import type { Tokenizer } from "../ports/providers.ts";

/** What OpenAI's chat format adds a message, and once for the answer's start (OpenAI cookbook, "How to count tokens"). */
const tokensPerMessage = 3;
const tokensPerReply = 3;

/** `gpt-tokenizer` with o200k_base, the encoding of today's models; its tables are loaded on first use. */
export function createTokenizer(): Tokenizer {
  const load = async () => {
    const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
    // Special tokens in a user's text are text.
    return (text: string) => countTokens(text, { disallowedSpecial: new Set() });
  };
  let counting: Promise<(text: string) => number> | undefined;
  const counter = () => {
    counting ??= load();
    return counting;
  };
  return {
    counter,
    count: async (text) => (await counter())(text),
    countChat: async (messages) => {
      const count = await counter();
      return messages.reduce(
        (sum, { role, content }) =>
          sum +
          tokensPerMessage +
          count(role) +
          count(promptText(content)) +
          promptImages(content).length * tokensPerImage,
        tokensPerReply,
      );
    },
  };
}
