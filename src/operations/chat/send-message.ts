import { type Conversation, isUntitled, newConversation, titleFrom } from "../../domain/conversation.ts";
import { AppError } from "../../domain/errors.ts";
import { type Message, newStreamingAnswer, newUserMessage } from "../../domain/message.ts";
import { chatCostCredits } from "../../domain/plans.ts";
import { fitPrompt } from "../../domain/prompt.ts";
import type { ChatModel } from "../../ports/providers.ts";
import type { SendMessage } from "../../schemas/chat.ts";
import { createEventChannel } from "../event-channel.ts";
import { requireOwned } from "../require-owned.ts";
import { chooseChatModel } from "./choose-model.ts";
import { toConversationJson } from "./conversation-json.ts";
import { holdForPrompt, initialHoldCredits, releaseHold, requireHold } from "./credit-meter.ts";
import { followTurn } from "./follow-turn.ts";
import { toMessageJson } from "./message-json.ts";
import { runTurn } from "./run-turn.ts";
import type { Prompt, Turn, TurnDependencies, TurnEvent } from "./turn.ts";

/** Messages of a history that are looked at; older ones fit no window in practice. */
const historyLimit = 200;
/** Tokens of an answer where neither the conversation nor the model says less. */
const defaultAnswerTokens = 4_096;

interface SendMessageInput {
  readonly userId: string;
  /** Undefined: the turn begins a conversation. */
  readonly conversationId?: string | undefined;
  readonly body: SendMessage;
  /** Set aside by an idempotency key. */
  readonly allotted?: { readonly id: string; readonly isResumed: boolean } | undefined;
}

/**
 * Takes a message and starts its answer. When this returns, the user's message is stored and the events may be read;
 * their iteration throws an AppError when the provider fails.
 *
 * Round trips to the database before the provider is called: the hold, the conversation and its history at once; a
 * larger hold when the prompt costs more than one credit; the messages.
 * @throws AppError `insufficient_credits`, `not_found`, `forbidden`, `validation_failed`
 */
export async function sendMessage(dependencies: TurnDependencies, input: SendMessageInput): Promise<Turn> {
  const { ids, messages } = dependencies;
  const base = input.allotted?.id ?? ids.bare();
  const userMessageId = `msg_${base}`;
  const answerId = ids.after(userMessageId);
  if (input.allotted?.isResumed && (await messages.exists(answerId))) {
    return followTurn(dependencies, {
      userId: input.userId,
      answerId,
      isNewConversation: input.conversationId === undefined,
    });
  }
  const registry = await dependencies.providers();
  chooseChatModel(registry, { requested: input.body.model });

  const { conversation, history } = await holdAndRead(dependencies, input, {
    answerId,
    newConversationId: `conv_${base}`,
    defaultModel: registry.chatModels[0]?.id ?? "",
  });
  try {
    const model = chooseChatModel(registry, { requested: input.body.model, conversationModel: conversation.model });
    const prompt = await preparePrompt(dependencies, { conversation, history, model, content: input.body.content });
    const heldCredits = await holdForPrompt(dependencies, {
      userId: input.userId,
      resourceId: answerId,
      promptTokens: prompt.promptTokens,
    });
    const stored = await storeTurn(dependencies, input, { conversation, model, userMessageId, answerId });
    return startTurn(dependencies, {
      ...stored,
      isNewConversation: input.conversationId === undefined,
      model,
      prompt,
      heldCredits,
    });
  } catch (error) {
    await releaseHold(dependencies, { userId: input.userId, resourceId: answerId });
    throw error;
  }
}

/** The hold, the conversation and its history, side by side; a hold for what turns out not to be theirs is given back. */
async function holdAndRead(
  dependencies: TurnDependencies,
  input: SendMessageInput,
  turn: { answerId: string; newConversationId: string; defaultModel: string },
): Promise<{ conversation: Conversation; history: readonly Message[] }> {
  const { users, conversations, messages, clock } = dependencies;
  const { userId, conversationId } = input;
  const now = clock.now();
  const [hold, found, history] = await Promise.all([
    users.holdCredits({ userId, resourceId: turn.answerId, credits: initialHoldCredits, now }),
    conversationId === undefined ? null : conversations.find({ userId, conversationId }),
    conversationId === undefined ? [] : messages.findHistory({ userId, conversationId, limit: historyLimit }),
  ]);
  try {
    const conversation =
      conversationId === undefined
        ? newConversation({
            conversationId: turn.newConversationId,
            userId,
            title: titleFrom(input.body.content),
            model: input.body.model ?? turn.defaultModel,
            now,
          })
        : await requireOwned("conversation", found, () => conversations.exists(conversationId));
    if (conversation.status === "deleted") throw new AppError("not_found", { detail: "This conversation is deleted." });
    requireHold(hold);
    return { conversation, history };
  } catch (error) {
    if (hold.outcome === "held") await releaseHold(dependencies, { userId, resourceId: turn.answerId });
    throw error;
  }
}

async function preparePrompt(
  { tokenizer }: TurnDependencies,
  input: { conversation: Conversation; history: readonly Message[]; model: ChatModel; content: string },
): Promise<Prompt> {
  const { conversation, history, model, content } = input;
  const settings = conversation.metadata as { temperature?: number; max_tokens?: number; top_p?: number };
  const maxTokens = Math.min(settings.max_tokens ?? defaultAnswerTokens, model.maxOutputTokens);
  const budgetTokens = model.contextWindow - Math.min(maxTokens, Math.floor(model.contextWindow / 2));
  const fitWith = (count: (text: string) => number) =>
    fitPrompt({ systemPrompt: conversation.system_prompt, history, content, budgetTokens, count });
  // A token is at least one byte. Where even that bound costs one credit and fits, the tokenizer (slow to load) is not needed.
  const bound = fitWith((text) => Buffer.byteLength(text));
  const isSmall = bound.omittedMessages === 0 && chatCostCredits(bound.promptTokens) <= initialHoldCredits;
  const counted = isSmall ? bound : fitWith(await tokenizer.counter());
  if (counted.promptTokens > budgetTokens) {
    throw new AppError("unprocessable", {
      detail: `The message has more tokens than the model ${model.id} takes.`,
      errors: [{ path: "content", message: `must fit ${budgetTokens} tokens together with the system prompt` }],
    });
  }
  return {
    messages: counted.messages,
    promptTokens: isSmall ? undefined : counted.promptTokens,
    omittedMessages: counted.omittedMessages,
    maxTokens,
    temperature: settings.temperature,
    topP: settings.top_p,
  };
}

async function storeTurn(
  { conversations, messages, clock }: TurnDependencies,
  input: SendMessageInput,
  turn: { conversation: Conversation; model: ChatModel; userMessageId: string; answerId: string },
): Promise<{ conversation: Conversation; userMessage: Message; answer: Message }> {
  const now = clock.now();
  const { userId, body } = input;
  const { conversation, model } = turn;
  const common = { conversationId: conversation._id, userId, now };
  const userMessage = newUserMessage({
    ...common,
    messageId: turn.userMessageId,
    content: body.content,
    custom: body.metadata,
  });
  const answer = newStreamingAnswer({
    ...common,
    messageId: turn.answerId,
    parentMessageId: userMessage._id,
    model: model.id,
    temperature: (conversation.metadata as { temperature?: number }).temperature,
  });
  const title = isUntitled(conversation) ? titleFrom(body.content) : conversation.title;
  const titled = { ...conversation, title, model: input.conversationId === undefined ? model.id : conversation.model };
  await Promise.all([
    messages.insertMany([userMessage, answer]),
    input.conversationId === undefined ? conversations.insertIfAbsent(titled) : undefined,
    input.conversationId !== undefined && title !== conversation.title
      ? conversations.update({ userId, conversationId: conversation._id, changes: { title }, now })
      : undefined,
  ]);
  return { conversation: titled, userMessage, answer };
}

function startTurn(
  dependencies: TurnDependencies,
  turn: {
    conversation: Conversation;
    userMessage: Message;
    answer: Message;
    isNewConversation: boolean;
    model: ChatModel;
    prompt: Prompt;
    heldCredits: number;
  },
): Turn {
  const { imageLinks, logger } = dependencies;
  const channel = createEventChannel<TurnEvent>();
  if (turn.isNewConversation) {
    channel.push({ event: "conversation", data: { conversation: toConversationJson(turn.conversation) }, id: "1-0" });
  }
  channel.push({
    event: "message.created",
    data: { user_message: toMessageJson(turn.userMessage, imageLinks), message_id: turn.answer._id },
    id: "2-0",
  });
  // Not awaited: the answer is written to its end even if the client goes away.
  void runTurn(dependencies, { ...turn, channel }).catch((error: unknown) => {
    logger.error({ error, messageId: turn.answer._id }, "turn not ended; the timer will close it");
    channel.close(new AppError("internal", { cause: error }));
  });
  return { events: channel };
}
