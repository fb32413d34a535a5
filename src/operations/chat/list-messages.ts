import { cursorById, decodeIdCursor, nextCursor } from "../../domain/cursor.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Messages } from "../../ports/messages.ts";
import type { ListMessages, MessageJson } from "../../schemas/chat.ts";
import type { ImageLinks } from "../images/image-links.ts";
import { requireConversation } from "./conversations.ts";
import { toMessageJson } from "./message-json.ts";

/** Oldest first; without `versions=all` only the active path. @throws AppError `not_found`, `forbidden` */
export async function listMessages(
  dependencies: { conversations: Conversations; messages: Messages; imageLinks: ImageLinks },
  input: { userId: string; conversationId: string; query: ListMessages },
): Promise<{ data: MessageJson[]; next_cursor: string | null }> {
  const { messages, imageLinks } = dependencies;
  const { limit, cursor, versions } = input.query;
  const [, page] = await Promise.all([
    requireConversation(dependencies, input),
    messages.list({
      userId: input.userId,
      conversationId: input.conversationId,
      includeSuperseded: versions === "all",
      afterId: decodeIdCursor(cursor),
      limit,
    }),
  ]);
  return {
    data: page.items.map((message) => toMessageJson(message, imageLinks)),
    next_cursor: nextCursor(page, cursorById),
  };
}
