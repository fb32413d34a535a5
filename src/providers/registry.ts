import { AppError } from "../domain/errors.ts";
import type { Logger } from "../ports/platform.ts";
import type { ChatModel, ChatProvider, ImageModel, ImageProvider, ProviderRegistry } from "../ports/providers.ts";
import { type ChatSettings, chatOffer } from "./chat-registry.ts";
import { type Circuit, createCircuit } from "./circuit.ts";
import { type ImageSettings, imageOffer } from "./image-registry.ts";

/** Providers from outside of this bundle: the simulated ones, on a laptop. */
export interface ProviderExtensions {
  readonly chatProviders: readonly ChatProvider[];
  readonly imageProviders: readonly ImageProvider[];
  readonly chatModels: readonly ChatModel[];
  readonly imageModels: readonly ImageModel[];
}

export type ProviderSettings = ChatSettings & ImageSettings;

/**
 * The models of this deployment and the adapters behind them, each behind its circuit. `CHAT_MODELS` and `IMAGE_MODELS`
 * come first, then what the configured providers offer by themselves, then the simulated ones where nothing real is
 * configured.
 */
export async function createProviderRegistry(
  { logger, onCircuitOpened }: { readonly logger: Logger; readonly onCircuitOpened?: (provider: string) => void },
  settings: ProviderSettings,
  loadExtensions: () => Promise<ProviderExtensions | null>,
): Promise<ProviderRegistry> {
  const extensions = await loadExtensions();
  const circuits = new Map<string, Circuit>();
  const circuitOf = (provider: string): Circuit => {
    const circuit = circuits.get(provider) ?? createCircuit({ provider, logger, onOpened: onCircuitOpened });
    circuits.set(provider, circuit);
    return circuit;
  };
  // The simulated ones have no circuit: prompts tell them how to fail, which says nothing of their health.
  const chat = chatOffer(
    settings,
    { providers: extensions?.chatProviders ?? [], models: extensions?.chatModels ?? [] },
    circuitOf,
  );
  const image = imageOffer(
    settings,
    { providers: extensions?.imageProviders ?? [], models: extensions?.imageModels ?? [] },
    circuitOf,
  );
  const chatProviders = new Map(chat.providers.map((provider) => [provider.name, provider]));
  const imageProviders = new Map(
    image.providers.map((provider) => [provider.name, withProviderNames(provider, image.models)]),
  );
  return {
    chatModels: withoutRepeats(chat.models),
    imageModels: image.models,
    chatProvider: async (name) => found(chatProviders.get(name), name),
    imageProvider: async (name) => found(imageProviders.get(name), name),
    requireAvailable: (name) => circuits.get(name)?.requireClosed(),
  };
}

/** Requests carry the id of a model; adapters want the name that their provider knows. */
function withProviderNames(provider: ImageProvider, models: readonly ImageModel[]): ImageProvider {
  const names = new Map(models.filter((model) => model.provider === provider.name).map((model) => [model.id, model]));
  const named = <R extends { readonly model: string }>(request: R): R => ({
    ...request,
    model: names.get(request.model)?.providerModel ?? request.model,
  });
  const { findCreated } = provider;
  return {
    ...provider,
    create: (request, signal) => provider.create(named(request), signal),
    get: (id, request, signal) => provider.get(id, named(request), signal),
    download: (output, request, signal) => provider.download(output, named(request), signal),
    ...(findCreated === undefined
      ? {}
      : { findCreated: (request, since, signal) => findCreated(named(request), since, signal) }),
  };
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
