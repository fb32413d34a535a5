import * as z from "zod";
import { analysisStatuses, fileKinds, maxFileBytes } from "../domain/file.ts";
import { idParameter, listQuery, timestamp } from "./common.ts";
import { uploadBody } from "./upload.ts";

export const uploadFileBody = uploadBody({ conversation_id: idParameter.optional() });
export type UploadFile = z.infer<typeof uploadFileBody>;

export const uploadFileLimits = { maxBytes: maxFileBytes };

export const uploadFileQuery = z.object({
  conversation_id: idParameter
    .optional()
    .meta({ description: "The conversation that the file belongs to, where the body is the file itself" }),
});

export const listFilesQuery = listQuery.extend({ conversation_id: idParameter.optional() });
export type ListFiles = z.infer<typeof listFilesQuery>;

export const analysisResultSchema = z
  .object({
    text_length: z.int().optional().meta({ description: "Characters that were read" }),
    pages: z.int().optional(),
    language: z.string().optional().meta({ description: "ISO 639-1" }),
    summary: z.string().optional(),
    preview: z.string().optional().meta({ description: "The text's beginning" }),
    truncated: z.boolean().optional().meta({ description: "Whether only the beginning is kept" }),
    width: z.int().optional(),
    height: z.int().optional(),
    format: z.string().optional(),
    description: z.string().optional().meta({ description: "What a model saw in the picture" }),
  })
  .meta({ id: "FileAnalysis" });

export const fileSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string().nullable(),
    file_name: z.string(),
    file_type: z.enum(fileKinds),
    file_size: z.int().meta({ description: "Bytes" }),
    mime_type: z.string(),
    sha256: z.string(),
    analysis_status: z.enum(analysisStatuses),
    analysis_result: analysisResultSchema.nullable(),
    analysis_error: z.string().nullable(),
    content_url: z.string().meta({ description: "Needs the owner's token" }),
    metadata: z.record(z.string(), z.unknown()),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "File" });
export type FileJson = z.infer<typeof fileSchema>;

/** A file as messages show it: without its place in the storage. */
export const messageFileSchema = z
  .object({
    file_id: z.string(),
    name: z.string(),
    type: z.enum(fileKinds),
    size: z.int(),
    mime_type: z.string(),
    analysis_result: analysisResultSchema.nullable(),
  })
  .meta({ id: "MessageFile" });

/** The queue's message. */
export const fileAnalysisMessageSchema = z.object({ file_id: z.string().min(1) });
