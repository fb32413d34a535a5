import * as z from "zod";
import { imageServices, imageVariants } from "../domain/image.ts";
import { timestamp } from "./common.ts";

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

export const imageSchema = imageSummarySchema
  .extend({
    generation_id: z.string().nullable(),
    conversation_id: z.string().nullable(),
    generated: z.boolean(),
    caption: z.string().nullable(),
    prompt: z.string().nullable(),
    tags: z.array(z.string()),
    created_at: timestamp,
  })
  .meta({ id: "Image" });
export type ImageJson = z.infer<typeof imageSchema>;
