import { randomInt } from "node:crypto";
import { AppError, invalidField } from "../../domain/errors.ts";
import { type Generation, parseImageSize } from "../../domain/generation.ts";
import type { ImageModel } from "../../ports/providers.ts";
import type { GenerationJson, SubmitGeneration } from "../../schemas/generations.ts";
import { requireConversation } from "../chat/conversations.ts";
import { loadPreferences } from "../memories/user-settings.ts";
import { enqueueGeneration } from "./enqueue-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toGenerationJson } from "./generation-json.ts";

const largestSeed = 4_294_967_295;

interface SubmitInput {
  readonly userId: string;
  readonly body: SubmitGeneration;
  /** Set aside by an idempotency key: a repeat after a crash makes the same job, not a second one. */
  readonly allotted?: { readonly id: string; readonly isResumed: boolean } | undefined;
}

/**
 * Accepts a job: hold → insert → enqueue. A crash between two of them loses nothing: a hold without a job is given back
 * by a timer, a job without a queue message is enqueued by another.
 * @throws AppError `validation_failed`, `insufficient_credits`, `not_found`/`forbidden` for the conversation
 */
export async function submitGeneration(
  dependencies: GenerationDependencies,
  input: SubmitInput,
): Promise<GenerationJson> {
  const { generations, users, providers, ids, clock } = dependencies;
  const generationId = input.allotted === undefined ? ids.next("gen") : `gen_${input.allotted.id}`;
  if (input.allotted?.isResumed) {
    const existing = await generations.find({ userId: input.userId, generationId });
    if (existing !== null) return toGenerationJson(dependencies, existing);
  }
  const { conversation_id, model_type } = input.body;
  const [registry, preferences] = await Promise.all([
    providers(),
    model_type === undefined ? loadPreferences(dependencies, input) : undefined,
    conversation_id === undefined
      ? undefined
      : requireConversation(dependencies, { userId: input.userId, conversationId: conversation_id }),
  ]);
  const model = chooseImageModel(registry.imageModels, input.body, preferences?.default_image_model ?? undefined);
  const now = clock.now();
  const generation = newGeneration({ generationId, userId: input.userId, body: input.body, model, now });
  const hold = await users.holdCredits({
    userId: input.userId,
    resourceId: generationId,
    credits: generation.cost_credits,
    now,
  });
  if (hold.outcome === "no_account")
    throw new AppError("unauthenticated", { detail: "The account is no longer active." });
  if (hold.outcome === "insufficient") {
    throw new AppError("insufficient_credits", {
      detail: `This generation costs ${generation.cost_credits} credits; ${hold.balanceCredits} are left.`,
    });
  }
  try {
    await generations.insertIfAbsent(generation);
  } catch (error) {
    await users
      .settleHold({ userId: input.userId, resourceId: generationId, costCredits: 0, now })
      .catch((failure: unknown) =>
        dependencies.logger.warn({ error: failure, generationId }, "hold not released; the timer will"),
      );
    throw error;
  }
  await enqueueGeneration(dependencies, generationId);
  return toGenerationJson(dependencies, generation);
}

/** @throws AppError `validation_failed` naming the field that the model cannot do */
function chooseImageModel(
  models: readonly ImageModel[],
  body: SubmitGeneration,
  preferred: string | undefined,
): ImageModel {
  const named = (name: string | undefined) =>
    models.find(({ id, provider, providerModel }) => id === name || `${provider}:${providerModel}` === name);
  const model = body.model_type === undefined ? (named(preferred) ?? models[0]) : named(body.model_type);
  if (model === undefined) {
    if (body.model_type === undefined) throw new AppError("unavailable", { detail: "No image model is configured." });
    throw invalidField("model_type", "is not an image model of GET /v1/models");
  }
  const { width, height } = parseImageSize(body.image_size);
  if (Math.min(width, height) < model.minEdge || Math.max(width, height) > model.maxEdge) {
    throw invalidField("image_size", `must have edges of ${model.minEdge} to ${model.maxEdge} pixels for ${model.id}`);
  }
  if (body.num_images > model.maxImages) {
    throw invalidField("num_images", `must be at most ${model.maxImages} for ${model.id}`);
  }
  return model;
}

function newGeneration(input: {
  generationId: string;
  userId: string;
  body: SubmitGeneration;
  model: ImageModel;
  now: Date;
}): Generation {
  const { body, model, now } = input;
  return {
    _id: input.generationId,
    user_id: input.userId,
    kind: "text_to_image",
    prompt: body.prompt,
    negative_prompt: body.negative_prompt ?? null,
    model_type: model.id,
    image_size: body.image_size,
    num_images: body.num_images,
    guidance_scale: body.guidance_scale ?? null,
    num_inference_steps: body.num_inference_steps ?? null,
    seed: body.seed ?? randomInt(largestSeed),
    status: "pending",
    progress: 0,
    provider: model.provider,
    result_urls: [],
    blob_urls: [],
    image_ids: [],
    attempts: 0,
    is_open: true,
    cost_credits: model.creditsPerImage * body.num_images,
    ...(body.conversation_id === undefined ? {} : { conversation_id: body.conversation_id }),
    tags: body.tags,
    metadata: body.metadata ?? {},
    created_at: now,
    updated_at: now,
  };
}
