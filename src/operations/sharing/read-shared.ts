import { cursorById, decodeIdCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import type { Message } from "../../domain/message.ts";
import { isShareToken } from "../../domain/share.ts";
import type { Page } from "../../ports/database.ts";
import type { Messages } from "../../ports/messages.ts";
import type { OpaqueTokens } from "../../ports/security.ts";
import type { SharedConversation, Shares } from "../../ports/sharing.ts";
import type { ReadShared, SharedConversationJson } from "../../schemas/sharing.ts";
import type { ImageLinks } from "../images/image-links.ts";

interface Dependencies {
  readonly shares: Shares;
  readonly messages: Messages;
  readonly opaqueTokens: OpaqueTokens;
  readonly imageLinks: ImageLinks;
}

type SharedMessage = SharedConversationJson["messages"][number];

/** @throws AppError `gone` for a link that was good once, `not_found` for any other */
async function requireShared(
  { shares, opaqueTokens }: Pick<Dependencies, "shares" | "opaqueTokens">,
  token: string,
): Promise<SharedConversation> {
  const unknown = new AppError("not_found", { detail: "There is no such shared conversation." });
  if (!isShareToken(token)) throw unknown;
  const shared = await shares.findByToken(token);
  if (shared === null) {
    if (!(await shares.wasRevoked(opaqueTokens.hash(token)))) throw unknown;
    throw new AppError("gone", { detail: "This conversation is no longer shared." });
  }
  if (shared.conversation.status === "deleted") {
    throw new AppError("gone", { detail: "This conversation is no longer there." });
  }
  return shared;
}

function toSharedMessage(message: Message, links: ImageLinks): SharedMessage[] {
  const { role, content, parts, images, metadata } = message;
  if (role !== "user" && role !== "assistant") return [];
  // Answers that are being written, or that failed before their first word, are not for show.
  if (content === "" && images.length === 0) return [];
  return [
    {
      id: message._id,
      role,
      content: parts === undefined ? content : [...parts],
      images: images.map((image) => ({
        image_id: image.image_id,
        // An uploaded photo may say where and with what it was taken: the public gets it without that.
        url: links(image.image_id, image.generated ? "original" : "preview"),
        thumbnail_url: links(image.image_id, "thumbnail"),
        caption: image.caption,
        width: image.width,
        height: image.height,
        mime_type: image.generated ? image.mime_type : "image/jpeg",
      })),
      metadata: metadata.model === undefined ? {} : { model: metadata.model },
      created_at: message.created_at.toISOString(),
    },
  ];
}

/**
 * A shared conversation as everybody with its link sees it: the active path as it is now, oldest first.
 * @throws AppError `not_found`, `gone`
 */
export async function readShared(
  dependencies: Dependencies,
  input: { token: string; query: ReadShared },
): Promise<SharedConversationJson> {
  const { messages, imageLinks } = dependencies;
  const afterId = decodeIdCursor(input.query.cursor);
  const { conversation, share } = await requireShared(dependencies, input.token);
  const page: Page<Message> = await messages.list({
    userId: conversation.user_id,
    conversationId: conversation._id,
    includeSuperseded: false,
    afterId,
    limit: input.query.limit,
  });
  return {
    title: conversation.title,
    model: conversation.model,
    created_at: conversation.created_at.toISOString(),
    shared_at: share.created_at.toISOString(),
    messages: page.items.flatMap((message) => toSharedMessage(message, imageLinks)),
    next_cursor: nextCursor(page, cursorById),
  };
}
