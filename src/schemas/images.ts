import * as z from "zod";
import { imageServices, imageVariants } from "../domain/image.ts";
import { nullableTimestamp, timestamp } from "./common.ts";

export const imageContentQuery = z.object({
  variant: z.enum(imageVariants).default("original"),
  exp: z.coerce.number().int().positive().optional(),
  sig: z.string().max(200).optional(),
});
export type ImageContentQuery = z.infer<typeof imageContentQuery>;

/** A picture as generations and messages show it. */
export const imageSummarySchema = z
  .object({
    id: z.string(),
    index: z.int(),
    url: z.string().meta({ description: "Signed, expires; works without a token" }),
    thumbnail_url: z.string(),
    cloud_url: z.string().nullable(),
    service: z.enum(imageServices),
    width: z.int(),
    height: z.int(),
    size: z.int().meta({ description: "Bytes" }),
    mime_type: z.string(),
  })
  .meta({ id: "ImageSummary" });
export type ImageSummaryJson = z.infer<typeof imageSummarySchema>;

const imageCopySchema = z.object({
  service: z.enum(imageServices),
  url: z.string().nullable().meta({ description: "Of public copies" }),
  verified_at: nullableTimestamp.meta({ description: "When it was last seen; null: it is not there" }),
  expires_at: nullableTimestamp.meta({ description: "When its host deletes it by itself" }),
  error: z.string().nullable(),
});

export const imageSchema = imageSummarySchema
  .extend({
    preview_url: z.string().nullable().meta({ description: "A JPEG of at most 500 KB without metadata, signed" }),
    generation_id: z.string().nullable(),
    conversation_id: z.string().nullable(),
    conversation: z
      .object({ id: z.string(), title: z.string() })
      .nullable()
      .meta({ description: "Null where there is none, or where it is deleted" }),
    generated: z.boolean(),
    caption: z.string().nullable(),
    prompt: z.string().nullable(),
    tags: z.array(z.string()),
    sha256: z.string(),
    copies: z.array(imageCopySchema),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Image" });
export type ImageJson = z.infer<typeof imageSchema>;

export const restoreImagesBody = z.strictObject({
  image_ids: z.array(z.string().max(200)).min(1).max(100).optional(),
  target: z.enum(["blob", "cache"]).default("blob"),
  limit: z.int().min(1).max(500).default(100),
  cursor: z.string().max(500).optional().meta({ description: "`next_cursor` of the call before" }),
});
export type RestoreImages = z.infer<typeof restoreImagesBody>;

export const imageRestoreSchema = z
  .object({
    target: z.enum(["blob", "cache"]),
    restored: z.int(),
    present: z.int().meta({ description: "They were there already" }),
    failed: z.int(),
    results: z.array(
      z.object({ id: z.string(), outcome: z.enum(["restored", "present", "unavailable", "lost", "not_found"]) }),
    ),
    next_cursor: z.string().nullable().meta({ description: "Null: these were the last" }),
  })
  .meta({ id: "ImageRestore" });
export type ImageRestoreJson = z.infer<typeof imageRestoreSchema>;
