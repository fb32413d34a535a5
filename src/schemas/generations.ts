import * as z from "zod";
import { generationStatuses } from "../domain/generation.ts";
import { clientMetadata, idParameter, listQuery, nullableTimestamp, timestamp } from "./common.ts";
import { imageSummarySchema } from "./images.ts";

export const submitGenerationBody = z.strictObject({
  prompt: z
    .string()
    .min(1)
    .max(2_000)
    .refine((value) => value.trim() !== "", "must not be empty"),
  negative_prompt: z.string().max(2_000).optional(),
  model_type: z.string().min(1).max(200).optional().meta({ description: "An image model of `GET /v1/models`" }),
  image_size: z
    .string()
    .regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'must look like "1024x1024"')
    .default("1024x1024"),
  num_images: z.int().min(1).max(4).default(1),
  guidance_scale: z.number().min(1).max(20).optional(),
  num_inference_steps: z.int().min(1).max(150).optional(),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  conversation_id: idParameter.optional(),
  tags: z.array(z.string().trim().min(1).max(50)).max(20).default([]),
  metadata: clientMetadata.optional(),
});
export type SubmitGeneration = z.infer<typeof submitGenerationBody>;

export const getGenerationQuery = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(60)
    .default(0)
    .meta({ description: "Seconds to hold the answer until the generation ends" }),
});

export const listGenerationsQuery = listQuery.extend({ status: z.enum(generationStatuses).optional() });
export type ListGenerations = z.infer<typeof listGenerationsQuery>;

export const generationSchema = z
  .object({
    id: z.string(),
    kind: z.enum(["text_to_image", "image_to_image"]),
    status: z.enum(generationStatuses),
    progress: z.number().min(0).max(1),
    queue_position: z
      .int()
      .optional()
      .meta({
        description:
          "How many jobs are likely to begin before this one, 0 for the next: the older ones of its owner, and of each " +
          "other user at most one more than that, because users take turns. Only while pending",
      }),
    prompt: z.string(),
    negative_prompt: z.string().nullable(),
    model_type: z.string(),
    provider: z.string(),
    image_size: z.string(),
    num_images: z.int(),
    guidance_scale: z.number().nullable(),
    num_inference_steps: z.int().nullable(),
    seed: z.int(),
    images: z.array(imageSummarySchema),
    cost_credits: z.int(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    processing_time_ms: z.int().nullable(),
    conversation_id: z.string().nullable(),
    message_id: z.string().nullable(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    created_at: timestamp,
    updated_at: timestamp,
    started_at: nullableTimestamp,
    completed_at: nullableTimestamp,
  })
  .meta({ id: "Generation" });
export type GenerationJson = z.infer<typeof generationSchema>;

/** The queue's message. */
export const generationMessageSchema = z.object({ generation_id: z.string().min(1) });
