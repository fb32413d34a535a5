import { type Conversation, newConversation } from "../../domain/conversation.ts";
import { decodeCursor, encodeCursor, nextCursor } from "../../domain/cursor.ts";
import { AppError, isAppError } from "../../domain/errors.ts";
import type { Conversations } from "../../ports/conversations.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Messages } from "../../ports/messages.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import type { ProviderRegistry } from "../../ports/providers.ts";
import type {
  ConversationJson,
  CreateConversation,
  ListConversations,
  UpdateConversation,
} from "../../schemas/chat.ts";
import { requireOwned } from "../require-owned.ts";
import { chooseChatModel } from "./choose-model.ts";
import { toConversationJson } from "./conversation-json.ts";

interface Dependencies {
  readonly conversations: Conversations;
  readonly gallery: Pick<Gallery, "countByConversation">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly providers: () => Promise<ProviderRegistry>;
}

/** @throws AppError `validation_failed` for an unknown model */
export async function createConversation(
  { conversations, clock, ids, providers }: Dependencies,
  input: { userId: string; body: CreateConversation },
): Promise<ConversationJson> {
  const { body } = input;
  const model = chooseChatModel(await providers(), { requested: body.model });
  const conversation = newConversation({
    conversationId: ids.next("conv"),
    userId: input.userId,
    title: body.title,
    model: model.id,
    systemPrompt: body.system_prompt,
    metadata: body.metadata,
    context: body.context,
    now: clock.now(),
  });
  await conversations.insert(conversation);
  return toConversationJson(conversation);
}

/** Conversations with the numbers of their pictures, which are counted in one query for all of them. */
async function showConversations(
  { gallery }: Pick<Dependencies, "gallery">,
  userId: string,
  conversations: readonly Conversation[],
): Promise<ConversationJson[]> {
  const counts = await gallery.countByConversation({ userId, conversationIds: conversations.map(({ _id }) => _id) });
  return conversations.map((conversation) => toConversationJson(conversation, counts.get(conversation._id)));
}

/** A conversation as the API shows it. */
export async function showConversation(
  dependencies: Pick<Dependencies, "gallery">,
  conversation: Conversation,
): Promise<ConversationJson> {
  const [json] = await showConversations(dependencies, conversation.user_id, [conversation]);
  return json ?? toConversationJson(conversation);
}

/** Newest activity first. */
export async function listConversations(
  dependencies: Pick<Dependencies, "conversations" | "gallery">,
  input: { userId: string; query: ListConversations },
): Promise<{ data: ConversationJson[]; next_cursor: string | null }> {
  const { status, q, limit, cursor } = input.query;
  const page = await dependencies.conversations.list({
    userId: input.userId,
    status,
    titleContains: q,
    after: decodeCursor(cursor),
    limit,
  });
  return {
    data: await showConversations(dependencies, input.userId, page.items),
    next_cursor: nextCursor(page, (last) => encodeCursor({ at: last.last_message_at, id: last._id })),
  };
}

/** @throws AppError `not_found` (a deleted one too), `forbidden` */
export async function getConversation(
  dependencies: Pick<Dependencies, "conversations" | "gallery">,
  input: { userId: string; conversationId: string },
): Promise<ConversationJson> {
  return showConversation(dependencies, await requireConversation(dependencies, input));
}

/** The conversation's document, if it is this user's and not deleted. @throws AppError `not_found`, `forbidden` */
export async function requireConversation(
  { conversations }: Pick<Dependencies, "conversations">,
  input: { userId: string; conversationId: string },
) {
  const conversation = await requireOwned("conversation", await conversations.find(input), () =>
    conversations.exists(input.conversationId),
  );
  if (conversation.status === "deleted") throw new AppError("not_found", { detail: "This conversation is deleted." });
  return conversation;
}

/**
 * The same for a conversation that a request names beside what it is about.
 * @throws AppError `not_found`, `forbidden`, naming the field
 */
export async function requireNamedConversation(
  dependencies: Pick<Dependencies, "conversations">,
  input: { userId: string; conversationId: string },
) {
  try {
    return await requireConversation(dependencies, input);
  } catch (error) {
    if (!isAppError(error) || (error.code !== "not_found" && error.code !== "forbidden")) throw error;
    const message = error.code === "forbidden" ? "belongs to another account" : "is not a conversation";
    throw new AppError(error.code, {
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      errors: [{ path: "conversation_id", message }],
      cause: error,
    });
  }
}

/** Changes what is given. @throws AppError `not_found`, `forbidden`, `validation_failed` */
export async function updateConversation(
  dependencies: Dependencies,
  input: { userId: string; conversationId: string; body: UpdateConversation },
): Promise<ConversationJson> {
  const { conversations, clock, providers } = dependencies;
  const { title, status, model, system_prompt, metadata } = input.body;
  await requireConversation(dependencies, input);
  const chosenModel = model === undefined ? undefined : chooseChatModel(await providers(), { requested: model });
  const updated = await conversations.update({
    userId: input.userId,
    conversationId: input.conversationId,
    changes: {
      ...(title === undefined ? {} : { title }),
      ...(status === undefined ? {} : { status, is_archived: status === "archived" }),
      ...(chosenModel === undefined ? {} : { model: chosenModel.id }),
      ...(system_prompt === undefined ? {} : { system_prompt }),
      ...(metadata === undefined ? {} : { metadata }),
    },
    now: clock.now(),
  });
  if (updated === null) throw new AppError("not_found", { detail: "This conversation is deleted." });
  return showConversation(dependencies, updated);
}

/**
 * Soft: it can be restored until the purge. Answers that are being written are stopped, for nobody reads on. Deleting twice
 * is fine.
 * @throws AppError `not_found`, `forbidden`
 */
export async function deleteConversation(
  { conversations, messages, clock }: Pick<Dependencies, "conversations" | "clock"> & { readonly messages: Messages },
  input: { userId: string; conversationId: string },
): Promise<void> {
  await requireOwned("conversation", await conversations.find(input), () => conversations.exists(input.conversationId));
  const now = clock.now();
  await conversations.setDeleted({ ...input, isDeleted: true, now });
  await messages.requestStops({ ...input, now });
}

/** Brings a deleted or archived conversation back. @throws AppError `not_found`, `forbidden` */
export async function restoreConversation(
  dependencies: Pick<Dependencies, "conversations" | "gallery" | "clock">,
  input: { userId: string; conversationId: string },
): Promise<ConversationJson> {
  const { conversations, clock } = dependencies;
  const current = await requireOwned("conversation", await conversations.find(input), () =>
    conversations.exists(input.conversationId),
  );
  if (current.status === "active") return showConversation(dependencies, current);
  const now = clock.now();
  const restored =
    current.status === "deleted"
      ? await conversations.setDeleted({ ...input, isDeleted: false, now })
      : await conversations.update({ ...input, changes: { status: "active", is_archived: false }, now });
  // Somebody else was faster: shown is what they left.
  return showConversation(dependencies, restored ?? (await requireConversation(dependencies, input)));
}
