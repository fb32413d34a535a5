import { AppError, invalidField } from "../../domain/errors.ts";
import type { ChatModel, ProviderRegistry } from "../../ports/providers.ts";

/** Finds a model by its id, or by `provider:model`. */
function findModel(registry: ProviderRegistry, name: string): ChatModel | undefined {
  return registry.chatModels.find((model) => model.id === name || `${model.provider}:${model.providerModel}` === name);
}

/**
 * The model that the request names, else the conversation's, else the default. A conversation whose model is not offered
 * any more goes on with the default.
 * @throws AppError `validation_failed` naming `model` when the request names one that is not offered
 */
export function chooseChatModel(
  registry: ProviderRegistry,
  input: { requested?: string | undefined; conversationModel?: string | undefined },
): ChatModel {
  if (input.requested !== undefined) {
    const model = findModel(registry, input.requested);
    if (model === undefined) throw invalidField("model", "is not a chat model of GET /v1/models");
    return model;
  }
  const own = input.conversationModel === undefined ? undefined : findModel(registry, input.conversationModel);
  const model = own ?? registry.chatModels[0];
  if (model === undefined) throw new AppError("unavailable", { detail: "No chat model is configured." });
  return model;
}
