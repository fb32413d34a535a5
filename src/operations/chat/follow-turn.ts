import { AppError } from "../../domain/errors.ts";
import type { Message } from "../../domain/message.ts";
import { requireOwned } from "../require-owned.ts";
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
  dependencies: FollowDependencies,
  input: { userId: string; answerId: string; isNewConversation: boolean },
): Promise<Turn> {
  const answer = await dependencies.messages.find({ userId: input.userId, messageId: input.answerId });
  if (answer === null) throw new AppError("not_found", { detail: "There is no such message." });
  return { events: replay(dependencies, answer, { ...input, from: fromTheStart }) };
}

/**
 * Goes on with the stream of an answer for a client that lost it, on whatever instance it asks.
 * @param input.lastEventId the last event that the client saw; without one the stream begins anew
 * @throws AppError `not_found`, `forbidden`
 */
export async function resumeTurn(
  dependencies: FollowDependencies,
  input: { userId: string; messageId: string; lastEventId: string | null },
): Promise<Turn> {
  const { messages } = dependencies;
  const answer = await requireOwned("message", await messages.find(input), () => messages.exists(input.messageId));
  if (answer.role !== "assistant") throw new AppError("unprocessable", { detail: "Only an answer has a stream." });
  const events = replay(dependencies, answer, {
    userId: input.userId,
    answerId: answer._id,
    isNewConversation: false,
    from: readPosition(input.lastEventId),
  });
  return { events };
}

type FollowDependencies = Pick<TurnDependencies, "conversations" | "messages" | "imageLinks" | "clock">;

/** How far a client has come: the number of its last event, and how much of the answer's text it has. */
interface Position {
  readonly sequence: number;
  readonly length: number;
  readonly isAtEnd: boolean;
}

const fromTheStart: Position = { sequence: 0, length: 0, isAtEnd: false };

/** Reads an id that a turn's event had: `<number>-<length>` or `end-<length>`. Anything else begins anew. */
function readPosition(lastEventId: string | null): Position {
  const match = /^(\d{1,9}|end)-(\d{1,9})$/.exec(lastEventId ?? "");
  if (match === null) return fromTheStart;
  const isAtEnd = match[1] === "end";
  return { sequence: isAtEnd ? 0 : Number(match[1]), length: Number(match[2]), isAtEnd };
}

async function* replay(
  { conversations, messages, imageLinks, clock }: FollowDependencies,
  answer: Message,
  input: { userId: string; answerId: string; isNewConversation: boolean; from: Position },
): AsyncGenerator<TurnEvent> {
  const { userId, from } = input;
  if (from.isAtEnd) return;
  if (input.isNewConversation) {
    const conversation = await conversations.find({ userId, conversationId: answer.conversation_id });
    if (conversation !== null)
      yield { event: "conversation", data: { conversation: toConversationJson(conversation) }, id: "1-0" };
  }
  const userMessage =
    answer.previous_message_id === null || from.sequence >= 2
      ? null
      : await messages.find({ userId, messageId: answer.previous_message_id });
  if (userMessage !== null) {
    const data = { user_message: toMessageJson(userMessage, imageLinks), message_id: answer._id };
    yield { event: "message.created", data, id: "2-0" };
  }
  let sent = from.length;
  for (let sequence = Math.max(3, from.sequence + 1); ; sequence += 1) {
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
