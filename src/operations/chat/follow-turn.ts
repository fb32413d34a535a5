import { AppError } from "../../domain/errors.ts";
import type { Message } from "../../domain/message.ts";
import { toConversationJson } from "./conversation-json.ts";
import { toMessageJson } from "./message-json.ts";
import type { Turn, TurnDependencies, TurnEvent } from "./turn.ts";

/** How often a turn that another request (or instance) writes is looked at, in ms. */
const lookIntervalMs = 200;

/**
 * A turn that exists already, as events from its beginning: what is stored, what is still being written, the end.
 * @throws AppError `not_found` when the answer is not this user's
 */
export async function followTurn(
  dependencies: TurnDependencies,
  input: { userId: string; answerId: string; isNewConversation: boolean },
): Promise<Turn> {
  const answer = await dependencies.messages.find({ userId: input.userId, messageId: input.answerId });
  if (answer === null) throw new AppError("not_found", { detail: "There is no such message." });
  return { events: replay(dependencies, answer, input) };
}

async function* replay(
  { conversations, messages, imageLinks, clock }: TurnDependencies,
  answer: Message,
  input: { userId: string; answerId: string; isNewConversation: boolean },
): AsyncGenerator<TurnEvent> {
  const { userId } = input;
  if (input.isNewConversation) {
    const conversation = await conversations.find({ userId, conversationId: answer.conversation_id });
    if (conversation !== null)
      yield { event: "conversation", data: { conversation: toConversationJson(conversation) }, id: "1-0" };
  }
  const userMessage =
    answer.parent_message_id === null ? null : await messages.find({ userId, messageId: answer.parent_message_id });
  if (userMessage !== null) {
    const data = { user_message: toMessageJson(userMessage, imageLinks), message_id: answer._id };
    yield { event: "message.created", data, id: "2-0" };
  }
  let sent = 0;
  for (let sequence = 3; ; sequence += 1) {
    const current = await messages.find({ userId, messageId: input.answerId });
    if (current === null) throw new AppError("not_found", { detail: "There is no such message." });
    if (current.content.length > sent) {
      yield {
        event: "delta",
        data: { text: current.content.slice(sent) },
        id: `${sequence}-${current.content.length}`,
      };
      sent = current.content.length;
    }
    if (current.status === "failed") throw failureOf(current);
    if (current.status === "complete") {
      const data = { message: toMessageJson(current, imageLinks) };
      yield { event: "message.completed", data, id: `end-${sent}` };
      return;
    }
    await clock.sleep(lookIntervalMs);
  }
}

function failureOf(message: Message): AppError {
  const code = message.metadata.error_code;
  return new AppError(code === "provider_timeout" ? "provider_timeout" : "provider_failed", {
    detail: "The answer to this message failed.",
  });
}
