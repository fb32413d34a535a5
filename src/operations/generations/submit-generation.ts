import { randomInt } from "node:crypto";
import { AppError } from "../../domain/errors.ts";
import type { Generation } from "../../domain/generation.ts";
import type { ImageModel } from "../../ports/providers.ts";
import type { GenerationJson, SubmitGeneration } from "../../schemas/generations.ts";
import { requireConversation } from "../chat/conversations.ts";
import { loadPreferences } from "../memories/user-settings.ts";
import { chooseImageModel } from "./choose-image-model.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toGenerationJson } from "./generation-json.ts";
import { startWaiting } from "./start-waiting.ts";

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
 * @throws AppError `validation_failed`, `insufficient_credits`, `not_found`/`forbidden` for the conversation; `unavailable`
 * while the provider is away, before any credits are held
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
  registry.requireAvailable(model.provider);
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
  const [json] = await Promise.all([
    toGenerationJson(dependencies, generation),
    startWaiting(dependencies, { userId: input.userId }),
  ]);
  return json;
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
