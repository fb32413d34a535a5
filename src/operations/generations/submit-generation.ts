import { randomInt } from "node:crypto";
import { AppError, invalidField, isAppError } from "../../domain/errors.ts";
import type { Generation } from "../../domain/generation.ts";
import { initImageIdOf } from "../../domain/image.ts";
import type { ImageModel } from "../../ports/providers.ts";
import type { GenerationJson, SubmitGeneration } from "../../schemas/generations.ts";
import { requireNamedConversation } from "../chat/conversations.ts";
import { loadPreferences } from "../memories/user-settings.ts";
import { chooseImageModel } from "./choose-image-model.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toGenerationJson } from "./generation-json.ts";
import { checkInitImage, keepInitImage } from "./init-image.ts";
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
 * @throws AppError `validation_failed`, `insufficient_credits`, `not_found`/`forbidden` for the conversation and the
 * picture to start from; `unavailable` while the provider is away, before any credits are held
 */
export async function submitGeneration(
  dependencies: GenerationDependencies,
  input: SubmitInput,
): Promise<GenerationJson> {
  const { generations, providers, ids, clock } = dependencies;
  const generationId = input.allotted === undefined ? ids.next("gen") : `gen_${input.allotted.id}`;
  if (input.allotted?.isResumed) {
    const existing = await generations.find({ userId: input.userId, generationId });
    if (existing !== null) return toGenerationJson(dependencies, existing);
  }
  const { conversation_id, model_type, init_image, webhook_url } = input.body;
  const refusal = webhook_url === undefined ? null : dependencies.guardedHttp.refusal(webhook_url);
  if (refusal !== null) throw invalidField("webhook_url", refusal);
  const [registry, preferences] = await Promise.all([
    providers(),
    model_type === undefined ? loadPreferences(dependencies, input) : undefined,
    conversation_id === undefined
      ? undefined
      : requireNamedConversation(dependencies, { userId: input.userId, conversationId: conversation_id }),
  ]);
  const model = chooseImageModel(registry.imageModels, input.body, preferences?.default_image_model ?? undefined);
  registry.requireAvailable(model.provider);
  const initImage =
    init_image === undefined
      ? undefined
      : await checkInitImage(dependencies, { userId: input.userId, initImage: init_image });
  const now = clock.now();
  const costCredits = model.creditsPerImage * input.body.num_images;
  await holdCredits(dependencies, { userId: input.userId, generationId, costCredits, now });
  let generation: Generation;
  try {
    const initImageId =
      initImage === undefined
        ? undefined
        : await keepInitImage(dependencies, {
            userId: input.userId,
            imageId: initImageIdOf(generationId),
            initImage,
            conversationId: conversation_id,
          });
    generation = newGeneration({
      generationId,
      userId: input.userId,
      body: input.body,
      model,
      costCredits,
      initImageId,
      now,
    });
  } catch (error) {
    await giveBack(dependencies, { userId: input.userId, generationId, now });
    throw error;
  }
  try {
    await generations.insertIfAbsent(generation);
  } catch (error) {
    // Without an answer it may be there all the same. Then the hold is the job's; else a timer gives it back.
    const isUncertain = isAppError(error) && error.code === "unavailable";
    if (!isUncertain) await giveBack(dependencies, { userId: input.userId, generationId, now });
    throw error;
  }
  const [json] = await Promise.all([
    toGenerationJson(dependencies, generation),
    startWaiting(dependencies, { userId: input.userId }),
  ]);
  return json;
}

/** @throws AppError `insufficient_credits`, `unauthenticated` */
async function holdCredits(
  { users }: GenerationDependencies,
  input: { userId: string; generationId: string; costCredits: number; now: Date },
): Promise<void> {
  const { userId, generationId, costCredits, now } = input;
  const hold = await users.holdCredits({ userId, resourceId: generationId, credits: costCredits, now });
  if (hold.outcome === "no_account") {
    throw new AppError("unauthenticated", { detail: "The account is no longer active." });
  }
  if (hold.outcome === "insufficient") {
    throw new AppError("insufficient_credits", {
      detail: `This generation costs ${costCredits} credits; ${hold.balanceCredits} are left.`,
    });
  }
}

async function giveBack(
  { users, logger }: GenerationDependencies,
  { userId, generationId, now }: { userId: string; generationId: string; now: Date },
): Promise<void> {
  await users
    .settleHold({ userId, resourceId: generationId, costCredits: 0, now })
    .catch((error: unknown) => logger.warn({ error, generationId }, "hold not released; the timer will"));
}

function newGeneration(input: {
  generationId: string;
  userId: string;
  body: SubmitGeneration;
  model: ImageModel;
  costCredits: number;
  initImageId: string | undefined;
  now: Date;
}): Generation {
  const { body, model, initImageId, now } = input;
  return {
    _id: input.generationId,
    user_id: input.userId,
    kind: initImageId === undefined ? "text_to_image" : "image_to_image",
    prompt: body.prompt,
    negative_prompt: body.negative_prompt ?? null,
    model_type: model.id,
    image_size: body.image_size,
    num_images: body.num_images,
    guidance_scale: body.guidance_scale ?? null,
    num_inference_steps: body.num_inference_steps ?? null,
    seed: body.seed ?? randomInt(largestSeed),
    ...(initImageId === undefined ? {} : { init_image_id: initImageId }),
    // Old clients send it with every request; without a picture to start from it says nothing.
    ...(initImageId === undefined || body.denoising_strength === undefined
      ? {}
      : { denoising_strength: body.denoising_strength }),
    status: "pending",
    progress: 0,
    provider: model.provider,
    result_urls: [],
    blob_urls: [],
    image_ids: [],
    attempts: 0,
    is_open: true,
    cost_credits: input.costCredits,
    ...(body.conversation_id === undefined ? {} : { conversation_id: body.conversation_id }),
    ...(body.webhook_url === undefined ? {} : { webhook_url: body.webhook_url }),
    tags: body.tags,
    metadata: body.metadata ?? {},
    created_at: now,
    updated_at: now,
  };
}
