import type { ImageModel, ImageModelLimits } from "../../ports/providers.ts";

/** OpenAI's models take a prompt, a size and a number; the rest they decide. */
const promptOnly = {
  edgeMultiple: 1,
  maxSteps: null,
  guidance: null,
  supportsNegativePrompt: false,
  supportsSeed: false,
} as const satisfies Partial<ImageModelLimits>;

type Description = ImageModelLimits & Pick<ImageModel, "creditsPerImage">;

const gptImage: Description = {
  ...promptOnly,
  minEdge: 1_024,
  maxEdge: 1_536,
  sizes: ["1024x1024", "1536x1024", "1024x1536"],
  maxImages: 4,
  supportsImageInput: true,
  creditsPerImage: 10,
};

/** Sizes from OpenAI's reference, "Create image". */
const known: Readonly<Record<string, Description>> = {
  "gpt-image-1": gptImage,
  "gpt-image-1-mini": { ...gptImage, creditsPerImage: 3 },
  "dall-e-3": {
    ...gptImage,
    maxEdge: 1_792,
    sizes: ["1024x1024", "1792x1024", "1024x1792"],
    maxImages: 1,
    supportsImageInput: false,
    creditsPerImage: 10,
  },
  "dall-e-2": {
    ...gptImage,
    minEdge: 256,
    maxEdge: 1_024,
    sizes: ["256x256", "512x512", "1024x1024"],
    supportsImageInput: false,
    creditsPerImage: 5,
  },
};

/** For a model of a compatible server: what such servers usually run takes any size. */
const unknown: Description = {
  ...promptOnly,
  minEdge: 64,
  maxEdge: 2_048,
  edgeMultiple: 8,
  sizes: null,
  maxImages: 4,
  supportsImageInput: true,
  creditsPerImage: 2,
};

export function describeOpenAIImageModel(providerModel: string): Omit<ImageModel, "id"> {
  return { provider: "openai-images", providerModel, ...(known[providerModel] ?? unknown) };
}
