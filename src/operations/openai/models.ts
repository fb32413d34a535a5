import type { ProviderRegistry } from "../../ports/providers.ts";
import type { OpenAIModelJson, OpenAIModelsJson } from "../../schemas/openai.ts";
import { modelNotFound } from "./prepare-request.ts";

interface Dependencies {
  readonly providers: () => Promise<ProviderRegistry>;
}

/** OpenAI's format wants a time, and no provider tells one: the beginning of 2025, in seconds since 1970. */
const createdSeconds = 1_735_689_600;

/** Chat models first; the first of each kind is the default. */
export async function listOpenAIModels({ providers }: Dependencies): Promise<OpenAIModelsJson> {
  const { chatModels, imageModels } = await providers();
  const data = [...chatModels, ...imageModels].map(
    ({ id, provider }): OpenAIModelJson => ({ id, object: "model", created: createdSeconds, owned_by: provider }),
  );
  return { object: "list", data };
}

/** @throws AppError `not_found` naming `model` */
export async function getOpenAIModel(dependencies: Dependencies, modelId: string): Promise<OpenAIModelJson> {
  const model = (await listOpenAIModels(dependencies)).data.find(({ id }) => id === modelId);
  if (model === undefined) throw modelNotFound(modelId);
  return model;
}
