import type { Message } from "../../domain/message.ts";
import type { MessageJson } from "../../schemas/chat.ts";
import type { ImageLinks } from "../images/image-links.ts";

export function toMessageJson(message: Message, links: ImageLinks): MessageJson {
  const calls = (message.function_calls ?? []).map(({ text_offset: _place, ...call }) => call);
  return {
    id: message._id,
    conversation_id: message.conversation_id,
    role: message.role,
    content: message.parts === undefined ? message.content : [...message.parts],
    images: message.images.map((image) => ({
      ...image,
      url: links(image.image_id, "original"),
      thumbnail_url: links(image.image_id, "thumbnail"),
      uploaded_at: image.uploaded_at.toISOString(),
    })),
    files: message.files.map(({ path: _storage, ...file }) => file),
    function_call: calls[0] ?? null,
    function_calls: calls,
    metadata: { ...message.metadata } as MessageJson["metadata"],
    version: message.version,
    version_count: message.version_count,
    parent_message_id: message.parent_message_id,
    previous_message_id: message.previous_message_id,
    superseded: message.superseded,
    is_edited: message.is_edited,
    is_stopped: message.is_stopped,
    status: message.status,
    feedback:
      message.feedback === undefined
        ? null
        : { ...message.feedback, submitted_at: message.feedback.submitted_at.toISOString() },
    created_at: message.created_at.toISOString(),
    updated_at: message.updated_at.toISOString(),
  };
}
