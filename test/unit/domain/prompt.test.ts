import { describe, expect, it } from "vitest";
import { newUserMessage } from "../../../src/domain/message.ts";
import { fitPrompt, tokensPerImage } from "../../../src/domain/prompt.ts";

const said = (id: string, content: string) =>
  newUserMessage({ messageId: id, conversationId: "conv_1", userId: "user_1", content, now: new Date(0) });

/** One token a word, so that the sums can be followed. */
const count = (text: string) => (text === "" ? 0 : text.split(" ").length);
const history = [said("3", "one two three"), said("2", "four five"), said("1", "six")];
const fitWithin = (budgetTokens: number, images = 0) =>
  fitPrompt({
    systemPrompt: "be kind",
    history,
    content: "hello",
    images: Array.from({ length: images }, () => ({ type: "image", mimeType: "image/png", base64: "" })),
    budgetTokens,
    count,
  });

describe("fitPrompt", () => {
  it("takes everything that fits, oldest first", () => {
    const { messages, omittedMessages } = fitWithin(1_000);
    expect(messages.map(({ content }) => content)).toEqual(["be kind", "six", "four five", "one two three", "hello"]);
    expect(omittedMessages).toBe(0);
  });

  it("leaves the oldest out and counts them", () => {
    // Each message weighs its words and 4 more: system 6, new 5, then 7, 6 and 5.
    const { messages, omittedMessages, promptTokens } = fitWithin(6 + 5 + 7 + 6);
    expect(messages.map(({ content }) => content)).toEqual(["be kind", "four five", "one two three", "hello"]);
    expect([omittedMessages, promptTokens]).toEqual([1, 24]);
  });

  it("keeps no gap: what is older than a message that does not fit is left out too", () => {
    const { omittedMessages } = fitWithin(6 + 5 + 6);
    expect(omittedMessages).toBe(3);
  });

  it("weighs pictures", () => {
    expect(fitWithin(10_000, 2).promptTokens - fitWithin(10_000).promptTokens).toBe(2 * tokensPerImage);
    expect(fitWithin(10_000, 1).messages.at(-1)?.content).toHaveLength(2);
  });

  it("tells when the new message alone is too much", () => {
    expect(fitWithin(5).promptTokens).toBeGreaterThan(5);
  });
});
