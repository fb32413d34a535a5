import type { Conversation } from "../../domain/conversation.ts";
import type { ConversationJson } from "../../schemas/chat.ts";

/** @param imageCount its pictures; a new conversation has none */
export function toConversationJson(conversation: Conversation, imageCount = 0): ConversationJson {
  return {
    id: conversation._id,
    title: conversation.title,
    status: conversation.status,
    model: conversation.model,
    system_prompt: conversation.system_prompt,
    total_messages: conversation.total_messages,
    image_count: imageCount,
    total_tokens: conversation.total_tokens,
    estimated_cost: conversation.estimated_cost,
    last_message_at: conversation.last_message_at.toISOString(),
    is_archived: conversation.is_archived,
    metadata: { ...conversation.metadata },
    context: { ...conversation.context },
    is_shared: conversation.share !== undefined,
    summary: conversation.summary?.text ?? null,
    created_at: conversation.created_at.toISOString(),
    updated_at: conversation.updated_at.toISOString(),
    deleted_at: conversation.deleted_at?.toISOString() ?? null,
  };
}
