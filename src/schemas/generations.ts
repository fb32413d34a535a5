import * as z from "zod";
import { maxFileBytes } from "../domain/file.ts";
import { generationStatuses } from "../domain/generation.ts";
import { clientMetadata, idParameter, listQuery, nullableTimestamp, timestamp } from "./common.ts";
import { imageSummarySchema } from "./images.ts";

/** Characters of base64 that the largest picture takes. */
const base64Length = Math.ceil(maxFileBytes / 3) * 4;
/** Bytes of a body that may hold a picture. */
export const pictureBodyBytes = base64Length + 65_536;

const dataUrl = z
  .string()
  .max(base64Length + 100)
  .regex(/^data:image\//i, "must be a data URL of a picture, as data:image/png;base64,…");

const initImageSchema = z
  .strictObject({
    image_id: idParameter.optional().meta({ description: "One of your pictures" }),
    file_id: idParameter.optional().meta({ description: "A picture among your uploaded files" }),
    data_url: dataUrl.optional().meta({ description: "PNG, JPEG, GIF or WebP in base64, up to 50 MB" }),
  })
  .refine(
    (value) => Object.values(value).filter((source) => source !== undefined).length === 1,
    "must have exactly one of image_id, file_id and data_url",
  );

const submitFields = {
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
  denoising_strength: z.number().min(0).max(1).optional().meta({
    description:
      "How far from `init_image` the pictures may be; 0.75 unless given. Without `init_image` it says nothing",
  }),
  conversation_id: idParameter.optional(),
  webhook_url: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .meta({
      description:
        "Gets the generation by POST when it has ended, signed by Standard Webhooks with the secret of " +
        "`GET /v1/users/me/webhook-secret`; tried up to eight times. A public http or https address",
    }),
  tags: z.array(z.string().trim().min(1).max(50)).max(20).default([]),
  metadata: clientMetadata.optional(),
};

export const submitGenerationBody = z.strictObject({ ...submitFields, init_image: initImageSchema.optional() });
export type SubmitGeneration = z.infer<typeof submitGenerationBody>;

/** What the blocking doors take besides: the storage cannot be switched off, but old clients name it. */
const blockingFields = {
  ...submitFields,
  save_to_storage: z.boolean().optional().meta({ description: "Taken as true whatever it says" }),
};

/** Old clients send the picture itself, as a data URL or as bare base64. */
const looseInitImage = z.union([
  z
    .string()
    .min(1)
    .max(base64Length + 100),
  initImageSchema,
]);

export const generateImageBody = z.strictObject({ ...blockingFields, init_image: initImageSchema.optional() });
export type GenerateImage = z.infer<typeof generateImageBody>;

export const imageToImageBody = z
  .strictObject({
    ...blockingFields,
    init_image: looseInitImage.optional(),
    image: looseInitImage.optional().meta({ description: "Another name of `init_image`" }),
  })
  .refine((body) => (body.init_image === undefined) !== (body.image === undefined), {
    path: ["init_image"],
    message: "is needed, once: as init_image or as image",
  });
export type ImageToImage = z.infer<typeof imageToImageBody>;

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
    init_image_id: z.string().nullable(),
    denoising_strength: z.number().nullable(),
    images: z.array(imageSummarySchema),
    cost_credits: z.int(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    processing_time_ms: z.int().nullable(),
    conversation_id: z.string().nullable(),
    message_id: z.string().nullable(),
    webhook_url: z.string().nullable(),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    created_at: timestamp,
    updated_at: timestamp,
    started_at: nullableTimestamp,
    completed_at: nullableTimestamp,
  })
  .meta({ id: "Generation" });
export type GenerationJson = z.infer<typeof generationSchema>;

/** What the blocking doors answer when the pictures are ready in time; otherwise it is the generation, with 202. */
export const readyPicturesSchema = z
  .object({
    success: z.literal(true),
    generation_id: z.string(),
    conversation_id: z.string(),
    images: z.array(z.string()).meta({ description: "Previews: JPEG in base64, at most 500 KB each" }),
    image_url: z.string(),
    image_urls: z.array(z.string()),
    cloud_url: z.string().nullable(),
    cloud_urls: z.array(z.string().nullable()),
    filenames: z.array(z.string()),
    saved_to_db: z.literal(true),
  })
  .meta({ id: "ReadyPictures" });
export type ReadyPicturesJson = z.infer<typeof readyPicturesSchema>;

export const blockingAnswerSchema = z.union([readyPicturesSchema, generationSchema]);

/** The queue's message. */
export const generationMessageSchema = z.object({ generation_id: z.string().min(1) });
