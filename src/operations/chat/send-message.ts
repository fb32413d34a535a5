import { type Conversation, isUntitled, newConversation, titleFrom } from "../../domain/conversation.ts";
import { AppError } from "../../domain/errors.ts";
import { type Message, newUserMessage } from "../../domain/message.ts";
import type { SendMessage } from "../../schemas/chat.ts";
import { requireOwned } from "../require-owned.ts";
import { beginTurn } from "./begin-turn.ts";
import { chooseChatModel } from "./choose-model.ts";
import { holdBeside, releaseHold, requireHold } from "./credit-meter.ts";
import { followTurn } from "./follow-turn.ts";
import { contentFields, messageImageIds } from "./message-content.ts";
import { loadPersonalContext, type PersonalContext } from "./personal-context.ts";
import { historyLimit, type Turn, type TurnDependencies } from "./turn.ts";

interface SendMessageInput {
  readonly userId: string;
  /** Undefined: the turn begins a conversation. */
  readonly conversationId?: string | undefined;
  readonly body: SendMessage;
  /** What `readForMessage` finds, if somebody has asked already. */
  readonly reads?: Promise<MessageReads> | undefined;
  /** Set aside by an idempotency key. */
  readonly allotted?: { readonly id: string; readonly isResumed: boolean } | undefined;
}

/** What a turn begins with, as it stands before anything is checked. */
export interface MessageReads {
  /** Null for a conversation that begins, or that is not theirs. */
  readonly found: Conversation | null;
  readonly history: readonly Message[];
  /** The message that the new one follows, be it part of the history or not: it may have failed, or be under way. */
  readonly lastMessageId: string | null;
  readonly personal: PersonalContext;
}

/** The conversation, its history and what is known of the user, side by side. */
export async function readForMessage(
  dependencies: Pick<TurnDependencies, "conversations" | "messages" | "memories" | "userSettings" | "clock">,
  input: Pick<SendMessageInput, "userId" | "conversationId" | "body">,
): Promise<MessageReads> {
  const { conversations, messages } = dependencies;
  const { userId, conversationId, body } = input;
  const [found, history, lastMessageId, personal] = await Promise.all([
    conversationId === undefined ? null : conversations.find({ userId, conversationId }),
    conversationId === undefined ? [] : messages.findHistory({ userId, conversationId, limit: historyLimit }),
    conversationId === undefined ? null : messages.findLastId({ userId, conversationId }),
    loadPersonalContext(dependencies, { userId, content: contentFields(body.content).content }),
  ]);
  return { found, history, lastMessageId, personal };
}

/**
 * Takes a message and starts its answer. When this returns, the user's message is stored and the events may be read;
 * their iteration throws an AppError when the provider fails.
 *
 * Round trips to the database before the provider is called: the hold, and at the same time what `readForMessage` finds
 * if it is not there yet; a larger hold when the prompt costs more than one credit; the messages.
 * @throws AppError `insufficient_credits`, `not_found`, `forbidden`, `validation_failed`, `unprocessable`
 */
export async function sendMessage(dependencies: TurnDependencies, input: SendMessageInput): Promise<Turn> {
  const { ids, messages, clock } = dependencies;
  const { userId, body } = input;
  const base = input.allotted?.id ?? ids.bare();
  const userMessageId = `msg_${base}`;
  const answerId = ids.after(userMessageId);
  const isNewConversation = input.conversationId === undefined;
  if (input.allotted?.isResumed && (await messages.exists(answerId))) {
    return followTurn(dependencies, { userId, answerId, isNewConversation });
  }
  // A model that is not offered is refused before anything is held.
  const model = chooseChatModel(await dependencies.providers(), { requested: body.model });

  const content = contentFields(body.content);
  const { conversation, history, lastMessageId, personal } = await holdAndRead(dependencies, input, {
    content: content.content,
    answerId,
    newConversationId: `conv_${base}`,
    defaultModel: model.id,
  });
  const userMessage = newUserMessage({
    messageId: userMessageId,
    conversationId: conversation._id,
    userId,
    previousMessageId: lastMessageId,
    ...content,
    custom: body.metadata,
    now: clock.now(),
  });
  return beginTurn(dependencies, {
    answerId,
    conversation,
    isNewConversation,
    history,
    personal,
    userMessage,
    imageIds: messageImageIds(body),
    fileIds: [...new Set(body.files)],
    isUserMessageNew: true,
    requestedModel: body.model,
    title: isUntitled(conversation) ? titleFrom(userMessage.content) : undefined,
  });
}

/** The hold, the conversation and its history, side by side; a hold for what turns out not to be theirs is given back. */
async function holdAndRead(
  dependencies: TurnDependencies,
  input: SendMessageInput,
  turn: { content: string; answerId: string; newConversationId: string; defaultModel: string },
): Promise<Omit<MessageReads, "found"> & { conversation: Conversation }> {
  const { conversations, clock } = dependencies;
  const { userId, conversationId } = input;
  const owner = { userId, resourceId: turn.answerId };
  const reading = input.reads ?? readForMessage(dependencies, input);
  const [hold, { found, ...reads }] = await holdBeside(dependencies, owner, reading);
  try {
    const conversation =
      conversationId === undefined
        ? newConversation({
            conversationId: turn.newConversationId,
            userId,
            title: titleFrom(turn.content),
            model:
              input.body.model === undefined
                ? (reads.personal.preferences.default_model ?? turn.defaultModel)
                : turn.defaultModel,
            now: clock.now(),
          })
        : await requireOwned("conversation", found, () => conversations.exists(conversationId));
    if (conversation.status === "deleted") throw new AppError("not_found", { detail: "This conversation is deleted." });
    requireHold(hold);
    return { conversation, ...reads };
  } catch (error) {
    if (hold.outcome === "held") await releaseHold(dependencies, owner);
    throw error;
  }
}
