import { type ContentPart, partImageIds, plainText } from "../../domain/content-part.ts";
import type { SendMessage } from "../../schemas/chat.ts";

/** Content as a message's document keeps it: its words, and its parts if it has any. */
export function contentFields(content: SendMessage["content"]): {
  content: string;
  parts?: readonly ContentPart[];
} {
  return typeof content === "string" ? { content } : { content: plainText(content), parts: content };
}

/** The pictures of a message: those attached to it and those within its content, each once. */
export function messageImageIds(body: Pick<SendMessage, "content" | "images">): string[] {
  const within = typeof body.content === "string" ? [] : partImageIds(body.content);
  return [...new Set([...body.images, ...within])];
}
