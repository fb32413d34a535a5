import type { ImageModel } from "../../ports/providers.ts";

/** Stands for whichever checkpoint is loaded. */
export const defaultCheckpoint = "default";

/** Checkpoints share their limits: the samplers and the U-Net decide them. */
export function describeWebuiModel(checkpoint: string): Omit<ImageModel, "id"> {
  return {
    provider: "stable-diffusion-webui",
    providerModel: checkpoint,
    minEdge: 64,
    maxEdge: 2_048,
    // The latent space is an eighth of the picture.
    edgeMultiple: 8,
    sizes: null,
    maxImages: 4,
    maxSteps: 150,
    guidance: { min: 1, max: 20 },
    supportsNegativePrompt: true,
    supportsSeed: true,
    supportsImageInput: true,
    creditsPerImage: 1,
  };
}
