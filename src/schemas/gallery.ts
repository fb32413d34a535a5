import * as z from "zod";
import { imageServices } from "../domain/image.ts";
import { subscriptionTiers } from "../domain/plans.ts";
import { longestTag, mostTags, normaliseTag, normaliseTags } from "../domain/tags.ts";
import { flag, idParameter, listQuery, timestamp } from "./common.ts";
import { imageSchema } from "./images.ts";
import { uploadBody } from "./upload.ts";

/** Pictures that one batch or one archive may name. */
export const mostBatchIds = 100;
/** Bytes of an uploaded picture at most. */
export const maxImageBytes = 50 * 1_048_576;

const tag = z
  .string()
  .max(longestTag)
  .refine((value) => normaliseTag(value) !== "", "must not be empty")
  .transform(normaliseTag);

const tags = z.array(tag).max(mostTags).transform(normaliseTags).meta({ description: "Kept in lower case, each once" });

const caption = z
  .string()
  .trim()
  .max(1_000)
  .transform((value) => (value === "" ? null : value))
  .nullable();

export const listImagesQuery = listQuery.extend({
  tag: tag.optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Words of prompt, caption and tags, "quoted phrases", and both with a leading minus' }),
  generated: flag.optional().meta({ description: "Pictures that Muse made, or those that were uploaded" }),
  conversation_id: idParameter.optional(),
});
export type ListImages = z.infer<typeof listImagesQuery>;

export const updateImageBody = z
  .strictObject({ caption: caption.optional(), tags: tags.optional() })
  .refine((value) => value.caption !== undefined || value.tags !== undefined, {
    message: "give a caption or tags",
  });
export type UpdateImage = z.infer<typeof updateImageBody>;

export const similarImagesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  max_distance: z.coerce.number().int().min(0).max(64).optional().meta({
    description: "Bits of 64 that may differ; 14 where left out. 64 gives all pictures, the most alike first",
  }),
});
export type SimilarImages = z.infer<typeof similarImagesQuery>;

export const similarImageSchema = imageSchema
  .extend({ distance: z.int().min(0).max(64).meta({ description: "Bits in which the perceptual hashes differ" }) })
  .meta({ id: "SimilarImage" });
export type SimilarImageJson = z.infer<typeof similarImageSchema>;

export const similarImagesSchema = z.object({ data: z.array(similarImageSchema), next_cursor: z.null() });

const ids = z
  .array(idParameter)
  .min(1)
  .max(mostBatchIds)
  .refine((value) => new Set(value).size === value.length, "must not name a picture twice");

const batchTags = z.array(tag).min(1).max(mostTags).transform(normaliseTags);

export const imageBatchBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("delete"), ids }),
  z.strictObject({ action: z.literal("tag"), ids, tags: batchTags }),
  z.strictObject({ action: z.literal("untag"), ids, tags: batchTags }),
]);
export type ImageBatch = z.infer<typeof imageBatchBody>;

const batchError = z.object({ code: z.string(), status: z.int(), detail: z.string() });

export const imageBatchSchema = z
  .object({
    results: z
      .array(
        z.object({
          id: z.string(),
          success: z.boolean(),
          tags: z.array(z.string()).optional().meta({ description: "The picture's tags now" }),
          error: batchError.optional(),
        }),
      )
      .meta({ description: "In the order of the ids" }),
    succeeded: z.int(),
    failed: z.int(),
  })
  .meta({ id: "ImageBatchResult" });
export type ImageBatchJson = z.infer<typeof imageBatchSchema>;

export const imageArchiveBody = z.strictObject({ ids });

const uploadFields = {
  conversation_id: idParameter.optional(),
  caption: caption.optional(),
  tags: z
    .string()
    .max(mostTags * (longestTag + 2))
    .transform((value) => value.split(","))
    .pipe(z.array(z.string().max(longestTag)).max(mostTags).transform(normaliseTags))
    .optional()
    .meta({ description: "Separated by commas" }),
};

export const uploadImageForm = uploadBody(uploadFields);

/** A picture by its address or written into the JSON itself. */
export const uploadImageJson = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional(),
    data_url: z
      .string()
      .regex(/^data:image\/[a-z+.-]+;base64,/i, 'must begin like "data:image/png;base64,"')
      .optional(),
    file_name: z.string().max(255).optional(),
    conversation_id: idParameter.optional(),
    caption: caption.optional(),
    tags: tags.optional(),
  })
  .refine((value) => (value.url === undefined) !== (value.data_url === undefined), {
    message: "give either url or data_url",
    path: ["url"],
  });

export const uploadImageBody = z.union([uploadImageForm, uploadImageJson]);
export type UploadImage = z.infer<typeof uploadImageBody>;

/** JSON with a picture in it: as large as a gateway may be expected to let through. */
export const maxImageJsonBytes = 24 * 1_048_576;

export const uploadImageLimits = {
  maxBytes: maxImageBytes,
  // Its content tells what a picture is.
  unnamed: "picture",
  form: uploadImageForm,
  json: { schema: uploadImageJson, maxBytes: maxImageJsonBytes },
};

export const uploadImageQuery = z.object({
  conversation_id: idParameter
    .optional()
    .meta({ description: "The conversation that the picture belongs to, where the body is the picture itself" }),
});

const amount = { count: z.int(), bytes: z.int() };

const servicesSchema = z
  .record(z.enum(imageServices), z.object(amount))
  .meta({ description: "Copies that are there, a service" });

const imageTotals = {
  count: z.int().meta({ description: "Pictures" }),
  bytes: z.int().meta({ description: "Of all pictures, as if each had bytes of its own" }),
  stored_bytes: z.int().meta({ description: "What is really stored: the same bytes only once" }),
  dedup_saved_bytes: z.int(),
  generated_count: z.int(),
  uploaded_count: z.int(),
  lost_count: z.int().meta({ description: "Pictures of which no copy was found when they were last looked for" }),
  services: servicesSchema,
};

export const userStorageSchema = z
  .object({
    ...imageTotals,
    files: z.object(amount),
    quota: z
      .object({ tier: z.enum(subscriptionTiers), ...amount })
      .meta({ description: "For files and uploaded pictures together; generated pictures do not count" }),
    used: z.object(amount),
    remaining: z.object(amount),
  })
  .meta({ id: "UserStorage" });
export type UserStorageJson = z.infer<typeof userStorageSchema>;

export const adminStorageSchema = z
  .object({
    ...imageTotals,
    top_users: z.array(z.object({ user_id: z.string(), ...amount })),
    last_verification: z
      .object({
        started_at: timestamp,
        finished_at: timestamp,
        counts: z.object({
          checked: z.int(),
          moved: z.int().meta({ description: "Brought to Blob Storage from where they were meanwhile" }),
          repaired: z.int(),
          missing: z.int().meta({ description: "Pictures whose bytes no place gave" }),
          removed: z.int(),
          not_removed: z.int(),
        }),
        problems: z.array(z.object({ image_id: z.string(), service: z.enum(imageServices), error: z.string() })),
      })
      .nullable()
      .meta({ description: "What the last run of verify-storage did" }),
    orphans: z
      .object({ finished_at: timestamp, looked_at: z.int(), ...amount, examples: z.array(z.string()) })
      .nullable()
      .meta({ description: "Blobs that no picture names, of the last whole round of find-orphans" }),
  })
  .meta({ id: "AdminStorage" });
export type AdminStorageJson = z.infer<typeof adminStorageSchema>;
