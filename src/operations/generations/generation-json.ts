import { type Generation, type GenerationStatus, isEnded } from "../../domain/generation.ts";
import type { GenerationJson } from "../../schemas/generations.ts";
import { toImageSummary } from "../images/image-json.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

/** How long an ended job may still be shown as processing while its message and credits are booked, in ms. */
const bookingMs = 10_000;

/**
 * The status that clients see. An ended job is booked right after it ended; until then it counts as processing, so that
 * whoever sees `completed` finds the message in the conversation and the credits settled too. A booking that a fault
 * holds up does not hide the end for longer than a few seconds.
 */
export function visibleStatus(generation: Generation, now: Date): GenerationStatus {
  if (!isEnded(generation.status) || generation.is_open === undefined) return generation.status;
  const isBeingBooked = now.getTime() - generation.updated_at.getTime() < bookingMs;
  return isBeingBooked ? "processing" : generation.status;
}

type Dependencies = Pick<GenerationDependencies, "generations" | "images" | "imageLinks" | "clock">;

/** The generation as the contract shows it, with its pictures' addresses made anew. */
export async function toGenerationJson(dependencies: Dependencies, generation: Generation): Promise<GenerationJson> {
  const [json] = await toGenerationsJson(dependencies, [generation]);
  if (json === undefined) throw new Error("one generation makes one answer");
  if (json.status !== "pending") return json;
  return { ...json, queue_position: await dependencies.generations.countAhead(generation) };
}

/** Many at once, with one query for all of their pictures. Queue positions are left out: they cost a query each. */
export async function toGenerationsJson(
  { images, imageLinks, clock }: Dependencies,
  generations: readonly Generation[],
): Promise<GenerationJson[]> {
  const imageIds = generations.flatMap((generation) => generation.image_ids);
  const found = imageIds.length === 0 ? [] : await images.findMany(imageIds);
  const byId = new Map(found.map((image) => [image._id, image]));
  const now = clock.now();
  return generations.map((generation) => {
    const status = visibleStatus(generation, now);
    // Of an end that is not told yet nothing else is told either.
    const isShown = status === generation.status;
    const end: Partial<Generation> = isShown ? generation : {};
    const own = generation.image_ids.flatMap((id) => byId.get(id) ?? []);
    return {
      id: generation._id,
      kind: generation.kind,
      status,
      progress: generation.progress,
      prompt: generation.prompt,
      negative_prompt: generation.negative_prompt,
      model_type: generation.model_type,
      provider: generation.provider,
      image_size: generation.image_size,
      num_images: generation.num_images,
      guidance_scale: generation.guidance_scale,
      num_inference_steps: generation.num_inference_steps,
      seed: generation.seed,
      init_image_id: generation.init_image_id ?? null,
      denoising_strength: generation.denoising_strength ?? null,
      images: isShown ? own.map((image) => toImageSummary(image, imageLinks)) : [],
      cost_credits: generation.cost_credits,
      error_code: end.error_code ?? null,
      error_message: end.error_message ?? null,
      processing_time_ms: end.processing_time_ms ?? null,
      conversation_id: generation.conversation_id ?? null,
      message_id: end.message_id ?? null,
      webhook_url: generation.webhook_url ?? null,
      tags: [...generation.tags],
      metadata: { ...generation.metadata },
      created_at: generation.created_at.toISOString(),
      updated_at: generation.updated_at.toISOString(),
      started_at: generation.started_at?.toISOString() ?? null,
      completed_at: end.completed_at?.toISOString() ?? null,
    };
  });
}
