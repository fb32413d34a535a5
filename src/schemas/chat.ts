import * as z from "zod";
import { conversationStatuses } from "../domain/conversation.ts";
import { feedbackRatings, finishReasons, messageRoles } from "../domain/message.ts";
import { clientMetadata, idParameter, listQuery, nullableTimestamp, timestamp } from "./common.ts";
import { messageFileSchema } from "./files.ts";
import { imageSummarySchema } from "./images.ts";

const contentLength = 100_000;

const conversationSettings = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).max(100_000).optional(),
  top_p: z.number().min(0).max(1).optional(),
  custom_settings: clientMetadata.optional(),
});

const conversationContext = z.strictObject({
  current_page: z.string().max(500).optional(),
  connected_platforms: z.array(z.string().max(100)).max(20).optional(),
  user_intent: z.string().max(500).optional(),
});

const title = z.string().trim().min(1).max(200);
const model = z.string().min(1).max(200);
const systemPrompt = z.string().max(20_000);

export const createConversationBody = z.strictObject({
  title: title.optional(),
  model: model.optional(),
  system_prompt: systemPrompt.optional(),
  metadata: conversationSettings.optional(),
  context: conversationContext.optional(),
});
export type CreateConversation = z.infer<typeof createConversationBody>;

export const updateConversationBody = z.strictObject({
  title: title.optional(),
  status: z.enum(["active", "archived"]).optional(),
  model: model.optional(),
  system_prompt: systemPrompt.optional(),
  metadata: conversationSettings.optional(),
});
export type UpdateConversation = z.infer<typeof updateConversationBody>;

export const listConversationsQuery = listQuery.extend({
  status: z.enum(conversationStatuses).optional(),
  q: z.string().trim().min(1).max(200).optional(),
});
export type ListConversations = z.infer<typeof listConversationsQuery>;

export const listMessagesQuery = listQuery.extend({ versions: z.enum(["active", "all"]).default("active") });
export type ListMessages = z.infer<typeof listMessagesQuery>;

const text = z
  .string()
  .max(contentLength)
  .refine((value) => value.trim() !== "", "must not be empty");
const webAddress = z.url({ protocol: /^https?$/ }).max(2_000);

const contentPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), value: text }),
  z.strictObject({
    type: z.literal("code"),
    value: z.strictObject({
      code: text,
      language: z
        .string()
        .regex(/^[\w+#.-]{1,30}$/)
        .optional(),
    }),
  }),
  z.strictObject({
    type: z.literal("image"),
    value: z.strictObject({ image_id: idParameter, caption: z.string().max(500).optional() }),
  }),
  z.strictObject({
    type: z.literal("button"),
    value: z.strictObject({
      label: z.string().trim().min(1).max(100),
      action: z.string().max(500).optional(),
      url: webAddress.optional(),
    }),
  }),
  z.strictObject({
    type: z.literal("card"),
    value: z.strictObject({
      title: z.string().trim().min(1).max(200),
      text: z.string().max(5_000).optional(),
      image_id: idParameter.optional(),
      url: webAddress.optional(),
    }),
  }),
]);

/** Words, or parts: text, code, pictures, buttons, cards. */
const messageContent = z.union([
  text,
  z
    .array(contentPart)
    .min(1)
    .max(50)
    .refine((parts) => JSON.stringify(parts).length <= contentLength, `must be at most ${contentLength} characters`),
]);

export const sendMessageBody = z.strictObject({
  content: messageContent,
  images: z
    .array(idParameter)
    .max(10)
    .default([])
    .meta({ description: "Ids of your pictures, for models that can see" }),
  files: z.array(idParameter).max(20).default([]).meta({ description: "Ids of your uploaded files" }),
  model: model.optional(),
  metadata: clientMetadata.optional(),
  stream: z.boolean().default(false),
});
export type SendMessage = z.infer<typeof sendMessageBody>;

export const editMessageBody = sendMessageBody.pick({ content: true, model: true, stream: true });
export type EditMessage = z.infer<typeof editMessageBody>;

export const regenerateMessageBody = sendMessageBody.pick({ model: true, stream: true });
export type RegenerateMessage = z.infer<typeof regenerateMessageBody>;

export const conversationSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    status: z.enum(conversationStatuses),
    model: z.string(),
    system_prompt: z.string(),
    total_messages: z.int(),
    image_count: z.int().meta({ description: "Pictures that were made in it or uploaded to it and are not deleted" }),
    total_tokens: z.int(),
    estimated_cost: z.number().meta({ description: "US dollars" }),
    last_message_at: timestamp,
    is_archived: z.boolean(),
    metadata: z.record(z.string(), z.unknown()),
    context: z.record(z.string(), z.unknown()),
    is_shared: z.boolean().meta({ description: "Whether everybody with its link may read it" }),
    summary: z
      .string()
      .nullable()
      .meta({ description: "What was said before the messages that fit the model's window" }),
    created_at: timestamp,
    updated_at: timestamp,
    deleted_at: nullableTimestamp,
  })
  .meta({ id: "Conversation" });
export type ConversationJson = z.infer<typeof conversationSchema>;

const messageMetadataSchema = z.object({
  model: z.string().optional(),
  tokens: z.int().optional(),
  prompt_tokens: z.int().optional(),
  completion_tokens: z.int().optional(),
  temperature: z.number().optional(),
  finish_reason: z.enum(finishReasons).optional(),
  generation_time_ms: z.number().optional(),
  first_token_ms: z.number().optional(),
  cost_credits: z.int().optional(),
  omitted_messages: z.int().optional(),
  error_code: z.string().optional(),
  prompt: z.string().optional(),
  negative_prompt: z.string().optional(),
  denoising_strength: z.number().optional(),
  cloud_service: z.string().optional(),
  num_images: z.int().optional(),
  generation_id: z.string().optional(),
  custom: z.record(z.string(), z.unknown()).optional(),
});

const functionCallSchema = z.object({
  id: z.string(),
  name: z.string(),
  arguments: z.string().meta({ description: "JSON as the model wrote it" }),
  result: z.unknown().optional(),
  error: z.string().optional(),
});

export const messageSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string(),
    role: z.enum(messageRoles),
    content: z.union([z.string(), z.array(contentPart)]),
    images: z.array(
      imageSummarySchema.omit({ id: true, index: true }).extend({
        image_id: z.string(),
        caption: z.string().nullable(),
        generated: z.boolean(),
        uploaded_at: timestamp,
      }),
    ),
    files: z.array(messageFileSchema),
    function_call: functionCallSchema.nullable().meta({ description: "The first tool that the answer called" }),
    function_calls: z.array(functionCallSchema),
    metadata: messageMetadataSchema,
    version: z.int(),
    version_count: z.int().meta({ description: "How many versions of this message there are" }),
    parent_message_id: z.string().nullable().meta({ description: "The version that this one was made from" }),
    previous_message_id: z.string().nullable().meta({ description: "The message before it on its path" }),
    superseded: z.boolean(),
    is_edited: z.boolean(),
    is_stopped: z.boolean(),
    status: z.enum(["streaming", "complete", "failed"]),
    feedback: z
      .object({ rating: z.enum(feedbackRatings), comment: z.string().nullable(), submitted_at: timestamp })
      .nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: "Message" });
export type MessageJson = z.infer<typeof messageSchema>;

export const turnSchema = z.object({ user_message: messageSchema, message: messageSchema }).meta({ id: "Turn" });
export const chatSchema = z
  .object({ conversation: conversationSchema, user_message: messageSchema, message: messageSchema })
  .meta({ id: "ChatTurn" });
