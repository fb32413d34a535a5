import { tokensCoveredBy } from "../../domain/plans.ts";
import type { ProviderRegistry } from "../../ports/providers.ts";
import type { ModelsJson } from "../../schemas/operation.ts";

/** What this deployment offers; the first of each kind is the default. */
export async function listModels({ providers }: { providers: () => Promise<ProviderRegistry> }): Promise<ModelsJson> {
  const registry = await providers();
  return {
    chat: registry.chatModels.map((model, index) => ({
      id: model.id,
      provider: model.provider,
      is_default: index === 0,
      context_window: model.contextWindow,
      max_output_tokens: model.maxOutputTokens,
      supports_images: model.supportsImages,
      supports_tools: model.supportsTools,
      price: { credits: 1, per_tokens: tokensCoveredBy(1) },
    })),
    image: registry.imageModels.map((model, index) => ({
      id: model.id,
      provider: model.provider,
      is_default: index === 0,
      min_edge: model.minEdge,
      max_edge: model.maxEdge,
      edge_multiple: model.edgeMultiple,
      sizes: model.sizes === null ? null : [...model.sizes],
      max_images: model.maxImages,
      max_steps: model.maxSteps,
      guidance_scale: model.guidance,
      supports_negative_prompt: model.supportsNegativePrompt,
      supports_seed: model.supportsSeed,
      supports_image_input: model.supportsImageInput,
      price: { credits: model.creditsPerImage, per_images: 1 },
    })),
  };
}
