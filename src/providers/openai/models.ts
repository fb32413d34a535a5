import type { ChatModel } from "../../ports/providers.ts";

/** Models that OpenAI's own endpoint offers, with their windows (tokens) and prices from its public price list. */
const known: Readonly<Record<string, Omit<ChatModel, "id" | "provider" | "providerModel">>> = {
  "gpt-4o-mini": {
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    promptMicroUsdPerMillionTokens: 150_000,
    completionMicroUsdPerMillionTokens: 600_000,
    supportsImages: true,
    supportsTools: true,
  },
  "gpt-4o": {
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    promptMicroUsdPerMillionTokens: 2_500_000,
    completionMicroUsdPerMillionTokens: 10_000_000,
    supportsImages: true,
    supportsTools: true,
  },
  "gpt-4.1-mini": {
    contextWindow: 1_047_576,
    maxOutputTokens: 32_768,
    promptMicroUsdPerMillionTokens: 400_000,
    completionMicroUsdPerMillionTokens: 1_600_000,
    supportsImages: true,
    supportsTools: true,
  },
};

/** For a model we know nothing of: a window that today's models have, and no price. It is taken to do what is asked. */
const unknown = {
  contextWindow: 32_768,
  maxOutputTokens: 4_096,
  promptMicroUsdPerMillionTokens: 0,
  completionMicroUsdPerMillionTokens: 0,
  supportsImages: true,
  supportsTools: true,
};

export function describeChatModel(provider: string, providerModel: string): ChatModel {
  return { id: providerModel, provider, providerModel, ...(known[providerModel] ?? unknown) };
}

export const openAIDefaultModels = Object.keys(known);
