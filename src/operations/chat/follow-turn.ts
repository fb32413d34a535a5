import { AppError } from "../../domain/errors.ts";
import { type Message, questionIdOf } from "../../domain/message.ts";
import { toConversationJson } from "./conversation-json.ts";
import { toMessageJson } from "./message-json.ts";
import { requireReadableMessage } from "./require-message.ts";
import {
  completedEvent,
  createdSequence,
  eventId,
  outcomeOf,
  type StreamPosition,
  type Turn,
  type TurnDependencies,
  type TurnEvent,
} from "./turn.ts";

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
 * @throws AppError `not_found` (in a deleted conversation too), `forbidden`
 */
export async function resumeTurn(
  dependencies: FollowDependencies,
  input: { userId: string; messageId: string; lastEventId: string | null },
): Promise<Turn> {
  const answer = await requireReadableMessage(dependencies, input);
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

const fromTheStart: StreamPosition = { sequence: 0, length: 0, toolEvents: 0 };

/** Reads an id that a turn's event had. Anything else begins anew; null: the client has seen the end. */
function readPosition(lastEventId: string | null): StreamPosition | null {
  const match = /^(\d{1,9}|end)-(\d{1,9})-(\d{1,3})$/.exec(lastEventId ?? "");
  if (match === null) return fromTheStart;
  if (match[1] === "end") return null;
  return { sequence: Number(match[1]), length: Number(match[2]), toolEvents: Number(match[3]) };
}

async function* replay(
  { conversations, messages, imageLinks, clock }: FollowDependencies,
  answer: Message,
  input: { userId: string; answerId: string; isNewConversation: boolean; from: StreamPosition | null },
): AsyncGenerator<TurnEvent> {
  const { userId, from } = input;
  if (from === null) return;
  if (input.isNewConversation) {
    const conversation = await conversations.find({ userId, conversationId: answer.conversation_id });
    if (conversation !== null) {
      const id = eventId({ ...fromTheStart, sequence: 1 });
      yield { event: "conversation", data: { conversation: toConversationJson(conversation) }, id };
    }
  }
  const questionId = questionIdOf(answer);
  const userMessage =
    questionId === null || from.sequence >= createdSequence
      ? null
      : await messages.find({ userId, messageId: questionId });
  if (userMessage !== null) {
    const data = { user_message: toMessageJson(userMessage, imageLinks), message_id: answer._id };
    yield { event: "message.created", data, id: eventId({ ...fromTheStart, sequence: createdSequence }) };
  }
  const seen = { ...from, sequence: Math.max(createdSequence, from.sequence) };
  while (true) {
    const current = await messages.find({ userId, messageId: input.answerId });
    if (current === null) throw new AppError("not_found", { detail: "There is no such message." });
    yield* unseenEvents(current, seen);
    if (current.status === "failed") throw failureOf(current);
    if (current.status === "complete") {
      yield completedEvent(current, imageLinks);
      return;
    }
    await clock.sleep(lookIntervalMs);
  }
}

/** Text and calls of an answer that the client does not have yet, in the order in which they came. Moves `seen` on. */
function* unseenEvents(
  { content, function_calls: calls = [] }: Message,
  seen: { -readonly [K in keyof StreamPosition]: StreamPosition[K] },
): Generator<TurnEvent> {
  const next = (event: TurnEvent["event"], data: unknown): TurnEvent => {
    seen.sequence += 1;
    return { event, data, id: eventId(seen) };
  };
  const textUpTo = function* (end: number): Generator<TurnEvent> {
    if (end <= seen.length) return;
    const text = content.slice(seen.length, end);
    seen.length = end;
    yield next("delta", { text });
  };
  for (const [index, call] of calls.entries()) {
    const { id, name, arguments: given, text_offset: offset = 0 } = call;
    if (seen.toolEvents <= 2 * index) {
      yield* textUpTo(offset);
      seen.toolEvents = 2 * index + 1;
      yield next("tool_call", { id, name, arguments: given });
    }
    if (seen.toolEvents === 2 * index + 1) {
      // Still under way: nothing can have come after it.
      if (call.result === undefined && call.error === undefined) return;
      seen.toolEvents += 1;
      yield next("tool_result", { id, name, ...outcomeOf(call) });
    }
  }
  yield* textUpTo(content.length);
}

function failureOf(message: Message): AppError {
  const code = message.metadata.error_code;
  return new AppError(code === "provider_timeout" ? "provider_timeout" : "provider_failed", {
    detail: "The answer to this message failed.",
  });
}
