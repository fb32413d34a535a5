import * as z from "zod";
import { conversationStatuses } from "../domain/conversation.ts";
import { messageRoles } from "../domain/message.ts";
import { listQuery, timestamp } from "./common.ts";
import { imageSchema } from "./images.ts";

export const searchScopes = ["messages", "conversations", "images"] as const;

export const searchQuery = listQuery.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({ description: 'Words, "quoted phrases", and both with a leading minus to leave out what has them' }),
  scope: z.enum(searchScopes).default("messages"),
});
export type Search = z.infer<typeof searchQuery>;

const highlightSchema = z.object({
  field: z.enum(["content", "prompt", "title", "caption", "tags"]),
  snippet: z.string().meta({ description: "Plain text: show it as such, never as HTML" }),
  matches: z
    .array(z.object({ start: z.int(), length: z.int() }))
    .meta({ description: "Places in `snippet`, in UTF-16 code units" }),
});

/** A result has the part that its scope names; pictures outside of any conversation have `conversation: null`. */
export const searchResultSchema = z
  .object({
    message: z.object({ id: z.string(), role: z.enum(messageRoles), created_at: timestamp }).optional(),
    conversation: z
      .object({
        id: z.string(),
        title: z.string(),
        status: z.enum(conversationStatuses),
        last_message_at: timestamp,
      })
      .nullable(),
    image: imageSchema.optional(),
    highlights: z.array(highlightSchema),
    score: z.number().meta({ description: "Comparable within one search" }),
  })
  .meta({ id: "SearchResult" });
export type SearchResultJson = z.infer<typeof searchResultSchema>;
