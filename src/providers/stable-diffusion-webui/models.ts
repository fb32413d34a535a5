import type { ImageModel } from "../../ports/providers.ts";
import { stableDiffusionLimits } from "../stable-diffusion-limits.ts";

/** Stands for whichever checkpoint is loaded. */
export const defaultCheckpoint = "default";

export function describeWebuiModel(checkpoint: string): Omit<ImageModel, "id"> {
  return {
    provider: "stable-diffusion-webui",
    providerModel: checkpoint,
    ...stableDiffusionLimits,
    creditsPerImage: 1,
  };
}
