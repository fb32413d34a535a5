import type { ImageModelLimits } from "../ports/providers.ts";

/** What Stable Diffusion can do wherever it runs: its samplers and its U-Net decide it, not the checkpoint. */
export const stableDiffusionLimits: ImageModelLimits = {
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
};
