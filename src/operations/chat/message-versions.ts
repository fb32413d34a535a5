import { pathAfter, pathThrough } from "../../domain/branches.ts";
import { partImageIds } from "../../domain/content-part.ts";
import type { Conversation } from "../../domain/conversation.ts";
import { AppError } from "../../domain/errors.ts";
import { type Message, newUserMessage, questionIdOf } from "../../domain/message.ts";
import type { EditMessage, MessageJson, RegenerateMessage } from "../../schemas/chat.ts";
import { beginTurn } from "./begin-turn.ts";
import { repairPath, switchPath } from "./branches.ts";
import { chooseChatModel } from "./choose-model.ts";
import { requireConversation } from "./conversations.ts";
import { holdBeside, releaseHold, requireHold } from "./credit-meter.ts";
import { followTurn } from "./follow-turn.ts";
import { contentFields, messageImageIds } from "./message-content.ts";
import { toMessageJson } from "./message-json.ts";
import { loadPersonalContext, type PersonalContext } from "./personal-context.ts";
import { type MessageInput, requireMessage, requireReadableMessage } from "./require-message.ts";
import { historyLimit, type Turn, type TurnDependencies } from "./turn.ts";

interface Allotted {
  readonly id: string;
  readonly isResumed: boolean;
}

const unprocessable = (detail: string) => new AppError("unprocessable", { detail });

/**
 * A new version of an answer. The old one is kept; what followed it leaves the active path.
 * @throws AppError `not_found`, `forbidden`, `conflict` while it is being written, `unprocessable` for what is not an
 * answer to a message, and as sendMessage
 */
export async function regenerateMessage(
  dependencies: TurnDependencies,
  input: MessageInput & { body: RegenerateMessage; allotted?: Allotted | undefined },
): Promise<Turn> {
  const { ids, messages } = dependencies;
  const { userId, body } = input;
  const answerId = input.allotted === undefined ? ids.next("msg") : `msg_${input.allotted.id}`;
  if (input.allotted?.isResumed && (await messages.exists(answerId))) {
    return followTurn(dependencies, { userId, answerId, isNewConversation: false });
  }
  const answer = await requireMessage(dependencies, input);
  const questionId = questionIdOf(answer);
  if (answer.role !== "assistant" || questionId === null) {
    throw unprocessable("Only an answer to a message can be regenerated.");
  }
  if (answer.status === "streaming") throw new AppError("conflict", { detail: "The answer is still being written." });
  const question = await requireMessage(dependencies, { userId, messageId: questionId });
  const { conversation, history, personal } = await holdAndReadBefore(dependencies, {
    message: question,
    content: question.content,
    answerId,
    body,
  });
  return beginTurn(dependencies, {
    answerId,
    conversation,
    isNewConversation: false,
    history,
    personal,
    userMessage: question,
    imageIds: question.images.map((image) => image.image_id),
    fileIds: question.files.map((file) => file.file_id),
    isUserMessageNew: false,
    requestedModel: body.model,
    answerVersionOf: answer,
  });
}

/**
 * A new version of the user's own message, answered anew. The old one and what followed it are kept off the active path.
 * @throws AppError as regenerateMessage; `unprocessable` for a message that is not the user's
 */
export async function editMessage(
  dependencies: TurnDependencies,
  input: MessageInput & { body: EditMessage; allotted?: Allotted | undefined },
): Promise<Turn> {
  const { ids, messages, clock } = dependencies;
  const { userId, body } = input;
  const editedId = `msg_${input.allotted?.id ?? ids.bare()}`;
  const answerId = ids.after(editedId);
  if (input.allotted?.isResumed && (await messages.exists(answerId))) {
    return followTurn(dependencies, { userId, answerId, isNewConversation: false });
  }
  const original = await requireMessage(dependencies, input);
  if (original.role !== "user") throw unprocessable("Only your own messages can be edited.");
  const content = contentFields(body.content);
  const { conversation, history, personal } = await holdAndReadBefore(dependencies, {
    message: original,
    content: content.content,
    answerId,
    body,
  });
  const userMessage = newUserMessage({
    messageId: editedId,
    conversationId: conversation._id,
    userId,
    previousMessageId: original.previous_message_id,
    versionOf: original,
    ...content,
    custom: original.metadata.custom,
    now: clock.now(),
  });
  return beginTurn(dependencies, {
    answerId,
    conversation,
    isNewConversation: false,
    history,
    personal,
    userMessage,
    imageIds: messageImageIds({ content: body.content, images: attachedImageIds(original) }),
    fileIds: original.files.map((file) => file.file_id),
    isUserMessageNew: true,
    requestedModel: body.model,
  });
}

/** The pictures that came beside a message's content, not within it. */
function attachedImageIds({ images, parts = [] }: Message): string[] {
  const within = new Set(partImageIds(parts));
  return images.map(({ image_id }) => image_id).filter((imageId) => !within.has(imageId));
}

/** Holds the first credit and reads what came before a message, on the path that leads to it. */
async function holdAndReadBefore(
  dependencies: TurnDependencies,
  input: { message: Message; content: string; answerId: string; body: { model?: string | undefined } },
): Promise<{ conversation: Conversation; history: readonly Message[]; personal: PersonalContext }> {
  const { conversations, messages } = dependencies;
  const { message, answerId } = input;
  const { user_id: userId, conversation_id: conversationId } = message;
  chooseChatModel(await dependencies.providers(), { requested: input.body.model });
  const conversation = await requireConversation({ conversations }, { userId, conversationId });
  const onlyIds = message.superseded ? await pathTo(dependencies, message) : undefined;
  const owner = { userId, resourceId: answerId };
  const reading = Promise.all([
    messages.findHistory({ userId, conversationId, beforeId: message._id, onlyIds, limit: historyLimit }),
    loadPersonalContext(dependencies, { userId, content: input.content }),
  ]);
  const [hold, [history, personal]] = await holdBeside(dependencies, owner, reading);
  try {
    requireHold(hold);
  } catch (error) {
    if (hold.outcome === "held") await releaseHold(dependencies, owner);
    throw error;
  }
  return { conversation, history, personal };
}

/** What is before a message on the path that it would be on. The path itself stays: the turn may yet be refused. */
async function pathTo({ messages }: TurnDependencies, message: Message): Promise<readonly string[]> {
  const nodes = await messages.findNodes({ conversationId: message.conversation_id });
  const path = pathAfter(nodes, pathThrough(nodes, message._id));
  return path.slice(0, path.indexOf(message._id)).slice(-historyLimit);
}

/** All versions of a message, oldest first. @throws AppError `not_found` (in a deleted conversation too), `forbidden` */
export async function listVersions(
  dependencies: Pick<TurnDependencies, "messages" | "conversations" | "imageLinks">,
  input: MessageInput,
): Promise<{ data: MessageJson[]; next_cursor: null }> {
  const { userId } = input;
  const { conversation_id: conversationId, version_group: versionGroup } = await requireMessage(dependencies, input);
  const [, versions] = await Promise.all([
    requireConversation(dependencies, { userId, conversationId }),
    dependencies.messages.findVersions({ userId, conversationId, versionGroup }),
  ]);
  return { data: versions.map((version) => toMessageJson(version, dependencies.imageLinks)), next_cursor: null };
}

/** Makes a version, and the branch that it is on, the active one. @throws AppError `not_found`, `forbidden` */
export async function activateVersion(
  dependencies: Pick<TurnDependencies, "messages" | "conversations" | "imageLinks" | "clock">,
  input: MessageInput,
): Promise<MessageJson> {
  const message = await requireReadableMessage(dependencies, input);
  await switchPath(dependencies, message, message._id);
  await repairPath(dependencies, message, message._id);
  return toMessageJson({ ...message, superseded: false }, dependencies.imageLinks);
}
