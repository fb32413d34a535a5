import { type Generation, parseImageSize } from "../../domain/generation.ts";
import type { ImageRequest } from "../../ports/providers.ts";
import type { ImageStorageDependencies } from "../images/image-storage-dependencies.ts";
import { readOriginal } from "../images/read-image.ts";
import { JobFailure } from "./job-failure.ts";

/** How far from the initial picture the result may be when nothing is said. */
const defaultDenoisingStrength = 0.75;

/** What the provider is asked for; the same however often it is made. @throws AppError `unavailable`; JobFailure */
export async function toImageRequest(
  dependencies: ImageStorageDependencies,
  generation: Generation,
): Promise<ImageRequest> {
  const initImage = await readInitImage(dependencies, generation);
  return {
    generationId: generation._id,
    model: generation.model_type,
    prompt: generation.prompt,
    negativePrompt: generation.negative_prompt,
    ...parseImageSize(generation.image_size),
    numImages: generation.num_images,
    guidanceScale: generation.guidance_scale,
    numInferenceSteps: generation.num_inference_steps,
    seed: generation.seed,
    initImage,
    denoisingStrength: initImage === null ? null : (generation.denoising_strength ?? defaultDenoisingStrength),
  };
}

/** Without the metadata of the original: where a photograph was taken is no business of a provider's. */
async function readInitImage(
  dependencies: ImageStorageDependencies,
  { init_image_id: imageId }: Generation,
): Promise<ImageRequest["initImage"]> {
  if (imageId === undefined) return null;
  const image = await dependencies.images.findById(imageId);
  if (image === null || image.deleted_at !== undefined) {
    throw new JobFailure("init_image_gone", "The picture to start from was deleted.");
  }
  const original = await readOriginal(dependencies, image);
  const bytes = await dependencies.imageProcessor.shareable(original, { isTrusted: image.generated });
  return { bytes, mimeType: image.mime_type };
}
