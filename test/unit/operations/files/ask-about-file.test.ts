import { describe, expect, it } from "vitest";
import { createDescribePicture, createSummarizeText } from "../../../../src/operations/files/ask-about-file.ts";
import type { ChatModel, ChatRequest, ProviderRegistry } from "../../../../src/ports/providers.ts";

function model(provider: string, supportsImages: boolean): ChatModel {
  return {
    id: `${provider}-model`,
    provider,
    providerModel: "m",
    contextWindow: 8_000,
    maxOutputTokens: 1_000,
    promptMicroUsdPerMillionTokens: 0,
    completionMicroUsdPerMillionTokens: 0,
    supportsImages,
    supportsTools: false,
  };
}

function deployment(chatModels: readonly ChatModel[]) {
  const asked: { provider: string; request: ChatRequest }[] = [];
  const registry: ProviderRegistry = {
    chatModels,
    imageModels: [],
    requireAvailable: () => undefined,
    chatProvider: async (provider) => ({
      name: provider,
      async *stream(request) {
        asked.push({ provider, request });
        yield { type: "text", text: " In short. " };
      },
    }),
    imageProvider: () => Promise.reject(new Error("no pictures here")),
  } as ProviderRegistry;
  const quiet = () => undefined;
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  return { asked, dependencies: { providers: async () => registry, logger } };
}

describe("a model that is asked about a file", () => {
  it("sums a long text up from its beginning and its end", async () => {
    const { asked, dependencies } = deployment([model("simulated", true), model("openai", false)]);
    const text = `Begin.${"x".repeat(50_000)}The end.`;
    expect(await createSummarizeText(dependencies)({ name: "long.txt", text })).toBe("In short.");
    expect(asked.map(({ provider }) => provider)).toEqual(["openai"]);
    const read = String(asked[0]?.request.messages.at(-1)?.content);
    expect(read).toContain("long.txt");
    expect(read).toContain("Begin.");
    expect(read.endsWith("The end.")).toBe(true);
    expect(read.length).toBeLessThan(12_200);
  });

  it("is one that can see for a picture, and none where only others or simulated ones are there", async () => {
    const picture = { userId: "user_1", mimeType: "image/png", base64: "AAAA" };
    const seeing = deployment([model("openai", false), model("azure", true)]);
    expect(await createDescribePicture(seeing.dependencies)(picture)).toBe("In short.");
    expect(seeing.asked.map(({ provider }) => provider)).toEqual(["azure"]);
    const blind = deployment([model("openai", false), model("simulated", true)]);
    expect(await createDescribePicture(blind.dependencies)(picture)).toBeNull();
    const offline = deployment([model("simulated", true)]);
    expect(await createSummarizeText(offline.dependencies)({ name: "a", text: "b" })).toBeNull();
    expect([...blind.asked, ...offline.asked]).toEqual([]);
  });
});
