import type { ImageModel, ImageModelLimits, ImageRequest } from "../../ports/providers.ts";
import { stableDiffusionLimits } from "../stable-diffusion-limits.ts";

interface Description extends ImageModelLimits {
  readonly creditsPerImage: number;
  /** The model's input (its schema on its page at Replicate), but for the picture to start from. */
  input(request: ImageRequest): Record<string, unknown>;
}

/** Most models on Replicate name their inputs as Stable Diffusion does. What a model does not know, it refuses. */
const stableDiffusion: Description = {
  ...stableDiffusionLimits,
  creditsPerImage: 2,
  input: (request) => ({
    prompt: request.prompt,
    ...given("negative_prompt", request.negativePrompt),
    width: request.width,
    height: request.height,
    num_outputs: request.numImages,
    seed: request.seed,
    ...given("guidance_scale", request.guidanceScale),
    ...given("num_inference_steps", request.numInferenceSteps),
    ...given("prompt_strength", request.denoisingStrength),
  }),
};

/** FLUX takes a ratio and makes about one megapixel of it, or a quarter of one with half of these edges. */
const fluxRatios: Readonly<Record<string, readonly [width: number, height: number]>> = {
  "1:1": [1_024, 1_024],
  "16:9": [1_344, 768],
  "21:9": [1_536, 640],
  "3:2": [1_216, 832],
  "2:3": [832, 1_216],
  "4:5": [896, 1_088],
  "5:4": [1_088, 896],
  "3:4": [896, 1_152],
  "4:3": [1_152, 896],
  "9:16": [768, 1_344],
  "9:21": [640, 1_536],
};

const fluxSizes = new Map(
  ["1", "0.25"].flatMap((megapixels) =>
    Object.entries(fluxRatios).map(([aspect_ratio, edges]) => {
      const [width, height] = edges.map((edge) => (megapixels === "1" ? edge : edge / 2));
      return [`${width}x${height}`, { aspect_ratio, megapixels }] as const;
    }),
  ),
);

const flux: Description = {
  minEdge: 320,
  maxEdge: 1_536,
  edgeMultiple: 16,
  sizes: [...fluxSizes.keys()],
  maxImages: 4,
  maxSteps: 50,
  guidance: { min: 1, max: 10 },
  supportsNegativePrompt: false,
  supportsSeed: true,
  supportsImageInput: true,
  creditsPerImage: 6,
  input: (request) => ({
    prompt: request.prompt,
    ...fluxSizes.get(`${request.width}x${request.height}`),
    num_outputs: request.numImages,
    seed: request.seed,
    output_format: "png",
    ...given("guidance", request.guidanceScale),
    ...given("num_inference_steps", request.numInferenceSteps),
    ...given("prompt_strength", request.denoisingStrength),
  }),
};

const known: Readonly<Record<string, Description>> = {
  "black-forest-labs/flux-dev": flux,
  "black-forest-labs/flux-schnell": {
    ...flux,
    maxSteps: 4,
    guidance: null,
    supportsImageInput: false,
    creditsPerImage: 1,
  },
};

/** What a token for Replicate offers by itself. The first can do all that the contract names; its version is pinned. */
export const replicateDefaultModels: readonly string[] = [
  "stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc",
  "black-forest-labs/flux-schnell",
];

/** "owner/name" or "owner/name:version". */
export function splitVersion(providerModel: string): { readonly model: string; readonly version: string | undefined } {
  const [model = "", version] = providerModel.split(":");
  return { model, version };
}

function describe(providerModel: string): Description {
  return known[splitVersion(providerModel).model] ?? stableDiffusion;
}

export function describeReplicateModel(providerModel: string): Omit<ImageModel, "id"> {
  const { input: _madeLater, ...limits } = describe(providerModel);
  return { provider: "replicate", providerModel, ...limits };
}

/** The input of a prediction, without the picture to start from. */
export function modelInput(request: ImageRequest): Record<string, unknown> {
  return describe(request.model).input(request);
}

function given(name: string, value: unknown): Record<string, unknown> {
  return value === null ? {} : { [name]: value };
}
