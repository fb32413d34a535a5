import { AppError } from "../../domain/errors.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Feedbacks } from "../../ports/feedback.ts";
import type { Messages } from "../../ports/messages.ts";
import type { Clock } from "../../ports/platform.ts";
import type { MessageJson } from "../../schemas/chat.ts";
import type { GiveFeedback } from "../../schemas/feedback.ts";
import type { ImageLinks } from "../images/image-links.ts";
import { toMessageJson } from "./message-json.ts";
import { requireReadableMessage } from "./require-message.ts";

/**
 * Keeps what the reader thinks of an answer; a rating of null takes it back.
 * @throws AppError `not_found` (in a deleted conversation too), `forbidden`, `unprocessable` for what is no answer
 */
export async function giveFeedback(
  dependencies: {
    conversations: Conversations;
    messages: Messages;
    feedbacks: Feedbacks;
    imageLinks: ImageLinks;
    clock: Clock;
  },
  input: { userId: string; messageId: string; body: GiveFeedback },
): Promise<MessageJson> {
  const { feedbacks, imageLinks, clock } = dependencies;
  const { userId, messageId, body } = input;
  const message = await requireReadableMessage(dependencies, input);
  if (message.role !== "assistant") {
    throw new AppError("unprocessable", {
      detail: "Only answers of the assistant take feedback.",
      errors: [{ path: "rating", message: "is for answers of the assistant" }],
    });
  }
  const now = clock.now();
  const feedback =
    body.rating === null ? null : { rating: body.rating, comment: body.comment || null, submitted_at: now };
  const changed = await feedbacks.set({ userId, messageId, feedback, now });
  if (changed === null) throw new AppError("not_found", { detail: "There is no such message." });
  return toMessageJson(changed, imageLinks);
}
