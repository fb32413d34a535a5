import { AppError } from "../domain/errors.ts";
import type { ChatModel, ChatProvider, ImageModel, ImageProvider, ProviderRegistry } from "../ports/providers.ts";
import { createOpenAIChatProvider } from "./openai/chat.ts";
import { describeChatModel, openAIDefaultModels } from "./openai/models.ts";

/** Providers from outside of this bundle: the simulated ones, on a laptop. */
export interface ProviderExtensions {
  readonly chatProviders: readonly ChatProvider[];
  readonly imageProviders: readonly ImageProvider[];
  readonly chatModels: readonly ChatModel[];
  readonly imageModels: readonly ImageModel[];
}

export interface ProviderSettings {
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly AZURE_OPENAI_ENDPOINT?: string | undefined;
  readonly AZURE_OPENAI_API_KEY?: string | undefined;
  readonly CHAT_MODELS: readonly string[];
  readonly IMAGE_MODELS: readonly string[];
}

/** Servers on a laptop want no key, but the client insists on one. */
const placeholderKey = "not-needed";

/**
 * The models of this deployment and the adapters behind them. `CHAT_MODELS` and `IMAGE_MODELS` come first, then what the
 * configured providers offer by themselves, then the simulated ones where nothing real is configured.
 */
export async function createProviderRegistry(
  settings: ProviderSettings,
  loadExtensions: () => Promise<ProviderExtensions | null>,
): Promise<ProviderRegistry> {
  const chatProviders = new Map(configuredChatProviders(settings).map((provider) => [provider.name, provider]));
  const imageProviders = new Map<string, ImageProvider>();
  const listed = settings.CHAT_MODELS.map((entry) => splitModel(entry));
  const offersOpenAI = chatProviders.has("openai") && !listed.some(({ provider }) => provider === "openai");
  const builtIn = offersOpenAI ? openAIDefaultModels : [];
  const chatModels = [
    ...listed.filter(({ provider }) => provider !== "simulated"),
    ...builtIn.map((model) => ({ provider: "openai", model })),
  ].map(({ provider, model }) => describeChatModel(provider, model));
  const imageModels: ImageModel[] = [];

  const extensions = await loadExtensions();
  if (extensions !== null) {
    const wantsSimulatedChat = chatProviders.size === 0 || listed.some(({ provider }) => provider === "simulated");
    if (wantsSimulatedChat) {
      for (const provider of extensions.chatProviders) chatProviders.set(provider.name, provider);
      chatModels.push(...extensions.chatModels);
    }
    for (const provider of extensions.imageProviders) imageProviders.set(provider.name, provider);
    imageModels.push(...extensions.imageModels);
  }
  return {
    chatModels: withoutRepeats(chatModels),
    imageModels: withoutRepeats(imageModels),
    chatProvider: async (name) => found(chatProviders.get(name), name),
    imageProvider: async (name) => found(imageProviders.get(name), name),
    requireAvailable: () => undefined,
  };
}

function configuredChatProviders(settings: ProviderSettings): ChatProvider[] {
  const providers: ChatProvider[] = [];
  if (settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== undefined) {
    providers.push(
      createOpenAIChatProvider({
        name: "openai",
        apiKey: settings.OPENAI_API_KEY ?? placeholderKey,
        baseUrl: settings.OPENAI_BASE_URL,
      }),
    );
  }
  if (settings.AZURE_OPENAI_ENDPOINT !== undefined) {
    providers.push(
      createOpenAIChatProvider({
        name: "azure",
        apiKey: settings.AZURE_OPENAI_API_KEY ?? settings.OPENAI_API_KEY ?? placeholderKey,
        baseUrl: undefined,
        azureEndpoint: settings.AZURE_OPENAI_ENDPOINT,
      }),
    );
  }
  return providers;
}

function splitModel(entry: string): { provider: string; model: string } {
  const colon = entry.indexOf(":");
  return { provider: entry.slice(0, colon), model: entry.slice(colon + 1) };
}

function withoutRepeats<T extends { readonly id: string }>(models: readonly T[]): T[] {
  return [...new Map(models.map((model) => [model.id, model])).values()];
}

function found<T>(provider: T | undefined, name: string): T {
  if (provider === undefined) {
    throw new AppError("unavailable", { detail: `The provider ${name} is not configured.` });
  }
  return provider;
}
