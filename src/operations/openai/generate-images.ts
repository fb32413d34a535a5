import { AppError, isAppError } from "../../domain/errors.ts";
import type { Principal } from "../../domain/user.ts";
import type { GenerationJson } from "../../schemas/generations.ts";
import type { OpenAIImagesBody, OpenAIImagesJson } from "../../schemas/openai.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { failureOf } from "../generations/generation-failure.ts";
import { awaitSubmitted } from "../generations/read-generations.ts";
import { submitGeneration } from "../generations/submit-generation.ts";
import { readOriginal } from "../images/read-image.ts";
import { modelNotFound } from "./prepare-request.ts";

/** How long the answer is held for the pictures. */
const waitSeconds = 60;

/** Our names of fields, and OpenAI's. */
const openAINames: Readonly<Record<string, string>> = { image_size: "size", num_images: "n", model_type: "model" };

/**
 * Makes pictures and waits for them. They are a generation like any other: charged, stored and listed as such.
 * @throws AppError what `submitGeneration` does, with OpenAI's names of the fields; `provider_timeout` when they are not
 * ready in time, though the generation goes on
 */
export async function generateImages(
  dependencies: GenerationDependencies,
  input: {
    principal: Principal;
    body: OpenAIImagesBody;
    allotted?: { readonly id: string; readonly isResumed: boolean } | undefined;
  },
): Promise<OpenAIImagesJson> {
  const { principal, body } = input;
  const { userId } = principal;
  const submitted = await submit(dependencies, input);
  const generation = await awaitSubmitted(dependencies, { userId, submitted, waitSeconds });
  if (generation.status === "pending" || generation.status === "processing") throw stillRunning(generation.id);
  if (generation.status !== "completed") throw failureOf(generation);
  const created = Math.floor(Date.parse(generation.created_at) / 1_000);
  if (body.response_format !== "b64_json") {
    return { created, data: generation.images.map(({ url }) => ({ url })) };
  }
  const data: OpenAIImagesJson["data"] = [];
  for (const { id: imageId } of generation.images) {
    const image = await dependencies.images.find({ userId, imageId });
    if (image === null) continue;
    data.push({ b64_json: Buffer.from(await readOriginal(dependencies, image)).toString("base64") });
  }
  return { created, data };
}

async function submit(
  dependencies: GenerationDependencies,
  { principal, body, allotted }: Parameters<typeof generateImages>[1],
): Promise<GenerationJson> {
  const { model } = body;
  const { imageModels } = await dependencies.providers();
  const isKnown = imageModels.some(
    ({ id, provider, providerModel }) => id === model || `${provider}:${providerModel}` === model,
  );
  if (typeof model === "string" && !isKnown) throw modelNotFound(model);
  try {
    return await submitGeneration(dependencies, {
      userId: principal.userId,
      body: {
        prompt: body.prompt,
        image_size: body.size,
        num_images: body.n ?? 1,
        tags: [],
        ...(typeof model === "string" ? { model_type: model } : {}),
      },
      allotted,
    });
  } catch (error) {
    throw isAppError(error) ? withOpenAINames(error) : error;
  }
}

function withOpenAINames(error: AppError): AppError {
  if (error.errors === undefined) return error;
  const errors = error.errors.map(({ path, message }) => ({ path: openAINames[path] ?? path, message }));
  const [first] = errors;
  return new AppError(error.code, {
    ...(first === undefined ? {} : { detail: `${first.path}: ${first.message}` }),
    errors,
    cause: error,
  });
}

function stillRunning(id: string): AppError {
  return new AppError("provider_timeout", {
    detail: `The pictures are still being made. GET /api/v1/generations/${id} will have them.`,
  });
}
