import * as z from "zod";
import {
  importanceRange,
  maxMemoryTags,
  memoryLength,
  memorySources,
  memoryTagLength,
  memoryTypes,
  normalizeTag,
  normalizeTags,
} from "../domain/memory.ts";
import { clientMetadata, idParameter, listQuery, nullableTimestamp, timestamp } from "./common.ts";

const content = z.string().trim().min(1).max(memoryLength);
const importance = z.int().min(importanceRange.min).max(importanceRange.max);
const tag = z.string().transform(normalizeTag).pipe(z.string().min(1).max(memoryTagLength));
const tags = z.array(tag).max(maxMemoryTags).transform(normalizeTags);
const context = z.string().trim().min(1).max(500);
const expiresAt = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .meta({ description: "ISO-8601, in the future; null: never" });

export const createMemoryBody = z.strictObject({
  content,
  memory_type: z.enum(memoryTypes).optional(),
  importance: importance.optional(),
  tags: tags.optional(),
  context: context.optional(),
  metadata: clientMetadata.optional(),
  conversation_id: idParameter.optional(),
  expires_at: expiresAt.nullable().optional(),
});
export type CreateMemory = z.infer<typeof createMemoryBody>;

export const updateMemoryBody = z.strictObject({
  content: content.optional(),
  memory_type: z.enum(memoryTypes).optional(),
  importance: importance.optional(),
  tags: tags.optional(),
  context: context.nullable().optional(),
  metadata: clientMetadata.optional(),
  expires_at: expiresAt.nullable().optional(),
});
export type UpdateMemory = z.infer<typeof updateMemoryBody>;

export const listMemoriesQuery = listQuery.extend({
  type: z.enum(memoryTypes).optional(),
  tag: tag.optional(),
  q: z.string().trim().min(1).max(200).optional(),
});
export type ListMemories = z.infer<typeof listMemoriesQuery>;

export const memorySchema = z
  .object({
    id: z.string(),
    memory_type: z.enum(memoryTypes),
    content: z.string(),
    importance: z.int(),
    tags: z.array(z.string()),
    context: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    conversation_id: z.string().nullable(),
    source: z.enum(memorySources).meta({ description: "Who wrote it down" }),
    expires_at: nullableTimestamp,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Memory" });
export type MemoryJson = z.infer<typeof memorySchema>;
