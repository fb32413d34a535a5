import { setImmediate } from "node:timers/promises";
import type { Conversation } from "../../domain/conversation.ts";
import { AppError } from "../../domain/errors.ts";
import { memoriesPrompt } from "../../domain/memory.ts";
import { type Message, newStreamingAnswer, type VersionOf } from "../../domain/message.ts";
import type { PromptImage } from "../../domain/prompt.ts";
import type { ChatModel } from "../../ports/providers.ts";
import { createEventChannel } from "../event-channel.ts";
import { readTurnFiles } from "../files/read-turn-files.ts";
import { extractMemories } from "../memories/extract-memories.ts";
import { attachImages } from "./attachments.ts";
import { joinPath, switchPath } from "./branches.ts";
import { chooseChatModel } from "./choose-model.ts";
import { toConversationJson } from "./conversation-json.ts";
import { holdForPrompt, releaseHold } from "./credit-meter.ts";
import { dropDeletedAttachments } from "./drop-deleted-attachments.ts";
import { toMessageJson } from "./message-json.ts";
import type { PersonalContext } from "./personal-context.ts";
import { preparePrompt } from "./prepare-prompt.ts";
import { runTurn } from "./run-turn.ts";
import { summarizeHistory, summaryBlock } from "./summarize-history.ts";
import { titleConversation } from "./title-conversation.ts";
import { createdSequence, eventId, type Turn, type TurnDependencies, type TurnEvent } from "./turn.ts";

/** A turn whose first credit is held and whose place in the conversation is known. */
export interface TurnPlan {
  readonly answerId: string;
  readonly conversation: Conversation;
  readonly isNewConversation: boolean;
  /** Newest first, what comes before the user's message. */
  readonly history: readonly Message[];
  readonly personal: PersonalContext;
  /** Without its pictures and files, which are read when the model is known. */
  readonly userMessage: Message;
  readonly imageIds: readonly string[];
  readonly fileIds: readonly string[];
  /** Whether the user's message has to be stored with the turn. */
  readonly isUserMessageNew: boolean;
  readonly requestedModel: string | undefined;
  /** The answer is a new version of this one. */
  readonly answerVersionOf?: VersionOf | undefined;
  /** A better title for the conversation. */
  readonly title?: string | undefined;
}

/**
 * Prices the prompt, stores the turn and starts its answer; gives the hold back when it cannot. The answer is written to
 * its end whether or not anybody reads the events.
 * @throws AppError `insufficient_credits`, `unprocessable`, `validation_failed`, `unavailable` while the provider is left
 * alone
 */
export async function beginTurn(dependencies: TurnDependencies, plan: TurnPlan): Promise<Turn> {
  const { answerId } = plan;
  const owner = { userId: plan.userMessage.user_id, resourceId: answerId };
  try {
    const registry = await dependencies.providers();
    const model = chooseChatModel(registry, {
      requested: plan.requestedModel,
      conversationModel: plan.conversation.model,
    });
    registry.requireAvailable(model.provider);
    const attached = await readAttachments(dependencies, plan, model);
    const userMessage = { ...plan.userMessage, images: attached.messageImages, files: attached.messageFiles };
    const prompt = await preparePrompt(dependencies, {
      conversation: plan.conversation,
      history: plan.history,
      model,
      content: userMessage.content,
      images: attached.promptImages,
      preferences: plan.personal.preferences,
      context: [memoriesPrompt(plan.personal.memories), summaryBlock(plan.conversation), attached.fileContext],
    });
    const heldCredits = await holdForPrompt(dependencies, { ...owner, promptTokens: prompt.promptTokens });
    const complete: TurnPlan = {
      ...plan,
      userMessage: plan.isUserMessageNew ? await numbered(dependencies, userMessage) : userMessage,
    };
    const asked = { model: model.id, temperature: prompt.temperature };
    const answer = await numbered(dependencies, newAnswer(dependencies, complete, asked));
    await storeTurn(dependencies, complete, answer);
    const turn = startTurn(dependencies, complete, { answer, model, prompt, heldCredits });
    startSideWork(dependencies, complete, model, prompt.omittedMessages);
    // A turn that changes the path itself looks after it at its end.
    if (answer.branch_id === undefined) void keepOnPath(dependencies, userMessage);
    return turn;
  } catch (error) {
    await releaseHold(dependencies, owner);
    throw error;
  }
}

/** The share of a model's window that files may take, and what a token has in characters at the least, roughly. */
const fileShare = 0.4;
const charactersPerToken = 3;
/** Files of earlier messages that are still in mind. */
const rememberedFiles = 5;

/** The pictures and files of the message, and the files of the messages before it. */
async function readAttachments(dependencies: TurnDependencies, plan: TurnPlan, model: ChatModel) {
  const userId = plan.userMessage.user_id;
  const earlier = plan.history.flatMap(({ files }) => files.map(({ file_id }) => file_id));
  const [images, files] = await Promise.all([
    attachImages(dependencies, { userId, imageIds: plan.imageIds, model }),
    readTurnFiles(dependencies, {
      userId,
      fileIds: plan.fileIds,
      earlierIds: earlier.slice(0, rememberedFiles),
      question: plan.userMessage.content,
      maxCharacters: Math.floor(model.contextWindow * fileShare * charactersPerToken),
    }),
  ]);
  const seen: PromptImage[] = model.supportsImages ? files.images.map((image) => ({ type: "image", ...image })) : [];
  return {
    messageImages: images.messageImages,
    messageFiles: files.files.filter(({ file_id }) => plan.fileIds.includes(file_id)),
    promptImages: [...images.promptImages, ...seen],
    fileContext: files.context,
  };
}

/** What is done beside the answer. Nobody waits for it, and none of it throws. */
function startSideWork(
  dependencies: TurnDependencies,
  plan: TurnPlan,
  model: ChatModel,
  omittedMessages: number,
): void {
  const { conversation, userMessage, history } = plan;
  if (plan.isNewConversation || plan.title !== undefined) {
    void titleConversation(dependencies, {
      conversationId: conversation._id,
      firstMessage: userMessage.content,
      model,
    });
  }
  if (plan.isUserMessageNew) {
    void dropDeletedAttachments(dependencies, userMessage);
    void extractMemories(dependencies, {
      userId: userMessage.user_id,
      conversationId: conversation._id,
      userText: userMessage.content,
    });
  }
  if (omittedMessages > 0) {
    void summarizeHistory(dependencies, { conversation, omitted: history.slice(-omittedMessages), model });
  }
}

/** Beside the answer, and after its provider was asked: the path may have been changed while the message was on its way. */
async function keepOnPath(dependencies: TurnDependencies, userMessage: Message): Promise<void> {
  await setImmediate();
  await joinPath(dependencies, userMessage, { isChosen: true }).catch((error: unknown) =>
    dependencies.logger.warn({ error, messageId: userMessage._id }, "path not looked at"),
  );
}

function newAnswer(
  { clock }: TurnDependencies,
  plan: TurnPlan,
  asked: { model: string; temperature: number | undefined },
): Message {
  const { userMessage, answerVersionOf } = plan;
  const branchId = answerVersionOf === undefined ? undefined : plan.answerId;
  const isEdited = plan.isUserMessageNew && userMessage.parent_message_id !== null;
  return newStreamingAnswer({
    messageId: plan.answerId,
    conversationId: plan.conversation._id,
    userId: userMessage.user_id,
    previousMessageId: userMessage._id,
    versionOf: answerVersionOf,
    ...asked,
    messageDelta: plan.isUserMessageNew ? undefined : 1,
    branchId: branchId ?? (isEdited ? userMessage._id : undefined),
    now: clock.now(),
  });
}

/** A new version gets its number when nothing refuses the turn any more, so that none is counted that is never made. */
async function numbered({ messages }: TurnDependencies, message: Message): Promise<Message> {
  if (message.parent_message_id === null) return message;
  const { conversation_id: conversationId, version_group: versionGroup } = message;
  const version = await messages.takeVersion({ conversationId, versionGroup });
  return { ...message, version, version_count: version };
}

async function storeTurn(dependencies: TurnDependencies, plan: TurnPlan, answer: Message): Promise<void> {
  const { conversations, messages, clock } = dependencies;
  const { conversation, userMessage, title } = plan;
  const added = plan.isUserMessageNew ? [userMessage, answer] : [answer];
  const newVersion = added.find(({ version }) => version > 1);
  await Promise.all([
    messages.insertMany(added),
    newVersion === undefined
      ? undefined
      : messages.setVersionCount({
          conversationId: conversation._id,
          versionGroup: newVersion.version_group,
          count: newVersion.version_count,
        }),
    plan.isNewConversation ? conversations.insertIfAbsent(conversation) : undefined,
    title === undefined || plan.isNewConversation
      ? undefined
      : conversations.replaceTitle({
          conversationId: conversation._id,
          from: conversation.title,
          to: title,
          now: clock.now(),
        }),
  ]);
  if (answer.branch_id !== undefined) await switchPath(dependencies, answer, answer.branch_id);
}

function startTurn(
  dependencies: TurnDependencies,
  plan: TurnPlan,
  started: Omit<Parameters<typeof runTurn>[1], "channel">,
): Turn {
  const { imageLinks, logger } = dependencies;
  const channel = createEventChannel<TurnEvent>();
  if (plan.isNewConversation) {
    channel.push({
      event: "conversation",
      data: { conversation: toConversationJson(plan.conversation) },
      id: eventId({ sequence: createdSequence - 1, length: 0, toolEvents: 0 }),
    });
  }
  channel.push({
    event: "message.created",
    data: { user_message: toMessageJson(plan.userMessage, imageLinks), message_id: started.answer._id },
    id: eventId({ sequence: createdSequence, length: 0, toolEvents: 0 }),
  });
  // Not awaited: the answer is written to its end even if the client goes away.
  void runTurn(dependencies, { ...started, channel }).catch((error: unknown) => {
    logger.error({ error, messageId: started.answer._id }, "turn not ended; the timer will close it");
    channel.close(new AppError("internal", { cause: error }));
  });
  return { events: channel };
}
