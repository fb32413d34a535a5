import type { ChatModel } from "../../../../src/ports/providers.ts";

/** A model that sees pictures and calls no tools. */
export const seeing: ChatModel = {
  id: "eye",
  provider: "fake",
  providerModel: "eye-1",
  contextWindow: 8_000,
  maxOutputTokens: 1_000,
  promptMicroUsdPerMillionTokens: 0,
  completionMicroUsdPerMillionTokens: 0,
  supportsImages: true,
  supportsTools: false,
};
