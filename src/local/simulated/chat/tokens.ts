import type { SpokenMessage } from "./spoken-message.ts";

/** Markers such as `<|endoftext|>` in a text are text, not control tokens. */
const asPlainText = { disallowedSpecial: new Set<string>() };

/** What the chat format adds: tokens a message, and tokens before the answer (the OpenAI cookbook's figures). */
const tokensPerMessage = 3;
const tokensBeforeAnswer = 3;

/** Every one of them is a single token, at the start of a text as well as after a space. */
const countedWords = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** Some 2 MB of vocabulary, so loaded with the first chat and not with the module. */
function loadEncoding() {
  return import("gpt-tokenizer/encoding/o200k_base");
}

/** A piece of a text that can be shown, and how many tokens it is: several for some characters beyond ASCII. */
export interface TextPiece {
  readonly text: string;
  readonly tokens: number;
}

/** Cuts a text at its tokens. */
export async function splitTokens(text: string): Promise<TextPiece[]> {
  const { encode, decodeGenerator } = await loadEncoding();
  const pieces: TextPiece[] = [];
  let taken = 0;
  const tokens = encode(text, asPlainText);
  const counted = (function* () {
    for (const token of tokens) {
      taken += 1;
      yield token;
    }
  })();
  let before = 0;
  for (const piece of decodeGenerator(counted)) {
    pieces.push({ text: piece, tokens: taken - before });
    before = taken;
  }
  return pieces;
}

/** `count` pieces of one token each, "one two three …", made as they are asked for. */
export function* countedPieces(count: number): Generator<TextPiece> {
  for (let index = 0; index < count; index += 1) {
    const word = countedWords[index % countedWords.length];
    yield { text: index === 0 ? `${word}` : ` ${word}`, tokens: 1 };
  }
}

/** Tokens of a chat prompt, the format's own included. */
export async function countPromptTokens(messages: readonly SpokenMessage[]): Promise<number> {
  const { countTokens } = await loadEncoding();
  return messages.reduce(
    (total, message) =>
      total + tokensPerMessage + countTokens(message.role) + countTokens(message.content, asPlainText),
    tokensBeforeAnswer,
  );
}
