import * as z from "zod";
import { messageSchema } from "./chat.ts";
import { listQuery, timestamp } from "./common.ts";

export const shareSchema = z
  .object({
    token: z.string(),
    url: z.string().meta({ description: "Where anybody can read the conversation, until the share is revoked" }),
    created_at: timestamp,
  })
  .meta({ id: "Share" });
export type ShareJson = z.infer<typeof shareSchema>;

export const sharedQuery = listQuery;
export type ReadShared = z.infer<typeof sharedQuery>;

/** What everybody may see: no accounts, no instructions, no files, no numbers. */
export const sharedConversationSchema = z
  .object({
    title: z.string(),
    model: z.string(),
    created_at: timestamp,
    shared_at: timestamp,
    messages: z.array(
      z.object({
        id: z.string(),
        role: z.enum(["user", "assistant"]),
        content: messageSchema.shape.content,
        images: z.array(
          z.object({
            image_id: z.string(),
            url: z.string().meta({ description: "Signed, expires" }),
            thumbnail_url: z.string(),
            caption: z.string().nullable(),
            width: z.int(),
            height: z.int(),
            mime_type: z.string(),
          }),
        ),
        metadata: z.object({ model: z.string().optional() }),
        created_at: timestamp,
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "SharedConversation" });
export type SharedConversationJson = z.infer<typeof sharedConversationSchema>;
