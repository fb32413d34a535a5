import type { ChatModel, ChatProvider } from "../ports/providers.ts";
import { type CircuitOf, guardChatProvider } from "./circuit.ts";
import { readModelEntry } from "./model-entry.ts";
import { createOpenAIChatProvider } from "./openai/chat.ts";
import { describeChatModel, openAIDefaultModels } from "./openai/models.ts";

export interface ChatSettings {
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly AZURE_OPENAI_ENDPOINT?: string | undefined;
  readonly AZURE_OPENAI_API_KEY?: string | undefined;
  readonly CHAT_MODELS: readonly string[];
}

interface ChatOffer {
  readonly providers: readonly ChatProvider[];
  readonly models: readonly ChatModel[];
}

/** Servers on a laptop want no key, but the client insists on one. */
export const placeholderKey = "not-needed";

/** The chat models of this deployment: those of `CHAT_MODELS`, then what OpenAI offers by itself, then the simulated ones. */
export function chatOffer(settings: ChatSettings, simulated: ChatOffer, circuitOf: CircuitOf): ChatOffer {
  const providers = configuredChatProviders(settings).map((provider) =>
    guardChatProvider(provider, circuitOf(provider.name)),
  );
  const listed = settings.CHAT_MODELS.map(readModelEntry);
  const offersOpenAI =
    providers.some(({ name }) => name === "openai") && !listed.some(({ provider }) => provider === "openai");
  const models = [
    ...listed,
    ...(offersOpenAI ? openAIDefaultModels : []).map((model) => ({ provider: "openai", model })),
  ].flatMap(({ provider, model }) =>
    provider === "simulated" ? namedSimulated(simulated, model) : describeChatModel(provider, model),
  );
  const wantsSimulated = providers.length === 0 || listed.some(({ provider }) => provider === "simulated");
  if (!wantsSimulated) return { providers, models };
  return { providers: [...providers, ...simulated.providers], models: [...models, ...simulated.models] };
}

/** The simulated provider answers under any name. */
function namedSimulated({ models }: ChatOffer, providerModel: string): ChatModel[] {
  const model = models.find((known) => known.providerModel === providerModel) ?? models[0];
  return model === undefined ? [] : [{ ...model, id: providerModel, providerModel }];
}

function configuredChatProviders(settings: ChatSettings): ChatProvider[] {
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
