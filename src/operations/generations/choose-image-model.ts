import { AppError, type FieldError, invalidField } from "../../domain/errors.ts";
import { parseImageSize } from "../../domain/generation.ts";
import type { ImageModel, ImageModelLimits } from "../../ports/providers.ts";

/** What a request says of its pictures, by the names of the contract. */
export interface PictureWishes {
  readonly model_type?: string | undefined;
  readonly negative_prompt?: string | undefined;
  readonly image_size: string;
  readonly num_images: number;
  readonly guidance_scale?: number | undefined;
  readonly num_inference_steps?: number | undefined;
  readonly seed?: number | undefined;
  /** Present: image-to-image. */
  readonly init_image?: unknown;
}

/**
 * The model for a request: the one it names, else the user's, else the first. A picture to start from needs a model that
 * takes one; where none is named, the first that does is taken.
 * @param preferred the user's default model
 * @throws AppError `validation_failed` naming every field that the model cannot do; `unavailable` when there is no model
 */
export function chooseImageModel(
  models: readonly ImageModel[],
  wishes: PictureWishes,
  preferred: string | undefined,
): ImageModel {
  const model =
    wishes.model_type === undefined ? defaultModel(models, wishes, preferred) : named(models, wishes.model_type);
  if (model === undefined) {
    if (wishes.model_type === undefined) throw new AppError("unavailable", { detail: "No image model is configured." });
    throw invalidField("model_type", "is not an image model of GET /v1/models");
  }
  const errors = beyondLimits(model, wishes).map(({ path, message }) => ({
    path,
    message: `${message} for ${model.id}`,
  }));
  const [first] = errors;
  if (first !== undefined) {
    throw new AppError("validation_failed", { detail: `${first.path}: ${first.message}`, errors });
  }
  return model;
}

function named(models: readonly ImageModel[], name: string | undefined): ImageModel | undefined {
  const exact = models.find(
    ({ id, provider, providerModel }) => id === name || `${provider}:${providerModel}` === name,
  );
  // Replicate's models have their version behind the name, which few clients know.
  return (
    exact ??
    models.find(({ provider, providerModel }) => provider === "replicate" && providerModel.startsWith(`${name}:`))
  );
}

/** The user's model, or the first; with a picture to start from, one that takes it. */
export function defaultModel(
  models: readonly ImageModel[],
  { init_image }: Pick<PictureWishes, "init_image">,
  preferred: string | undefined,
): ImageModel | undefined {
  const usual = named(models, preferred) ?? models[0];
  if (init_image === undefined || usual?.supportsImageInput) return usual;
  return models.find(({ supportsImageInput }) => supportsImageInput) ?? usual;
}

/** The size closest in shape to the one that is meant, of those that a model with a fixed list has. */
export function closestSize({ sizes }: ImageModelLimits, meant: string): string {
  const ratioOf = (size: string) => {
    const { width, height } = parseImageSize(size);
    return Math.log(width / height);
  };
  const distance = (size: string) => Math.abs(ratioOf(size) - ratioOf(meant));
  if (sizes === null || sizes.includes(meant)) return meant;
  return sizes.reduce((best, size) => (distance(size) < distance(best) ? size : best), sizes[0] ?? meant);
}

/** Every field of the request that the model cannot do, with what it could; empty when it can do all of it. */
export function beyondLimits(limits: ImageModelLimits, wishes: PictureWishes): FieldError[] {
  const { guidance, maxSteps } = limits;
  const { guidance_scale: scale, num_inference_steps: steps } = wishes;
  return [
    ...fieldError("image_size", sizeProblem(limits, wishes.image_size)),
    ...fieldError("num_images", wishes.num_images > limits.maxImages && `must be at most ${limits.maxImages}`),
    ...fieldError("guidance_scale", scale !== undefined && guidance === null && notTaken),
    ...fieldError(
      "guidance_scale",
      scale !== undefined &&
        guidance !== null &&
        (scale < guidance.min || scale > guidance.max) &&
        `must be ${guidance.min} to ${guidance.max}`,
    ),
    ...fieldError("num_inference_steps", steps !== undefined && maxSteps === null && notTaken),
    ...fieldError(
      "num_inference_steps",
      steps !== undefined && maxSteps !== null && steps > maxSteps && `must be at most ${maxSteps}`,
    ),
    ...fieldError("negative_prompt", isGiven(wishes.negative_prompt) && !limits.supportsNegativePrompt && notTaken),
    ...fieldError("seed", wishes.seed !== undefined && !limits.supportsSeed && notTaken),
    ...fieldError("init_image", wishes.init_image !== undefined && !limits.supportsImageInput && notTaken),
  ];
}

const notTaken = "is not taken";

function isGiven(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== "";
}

function fieldError(path: string, message: string | false): FieldError[] {
  return message === false ? [] : [{ path, message }];
}

function sizeProblem(limits: ImageModelLimits, imageSize: string): string | false {
  const { minEdge, maxEdge, edgeMultiple, sizes } = limits;
  if (sizes !== null) return !sizes.includes(imageSize) && `must be one of ${sizes.join(", ")}`;
  const { width, height } = parseImageSize(imageSize);
  if (Math.min(width, height) < minEdge || Math.max(width, height) > maxEdge) {
    return `must have edges of ${minEdge} to ${maxEdge} pixels`;
  }
  const isMultiple = width % edgeMultiple === 0 && height % edgeMultiple === 0;
  return !isMultiple && `must have edges that are multiples of ${edgeMultiple} pixels`;
}
