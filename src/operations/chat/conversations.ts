import { newConversation } from "../../domain/conversation.ts";
import { decodeCursor, encodeCursor } from "../../domain/cursor.ts";
import { AppError } from "../../domain/errors.ts";
import type { Conversations } from "../../ports/database.ts";
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

/** Newest activity first. */
export async function listConversations(
  { conversations }: Pick<Dependencies, "conversations">,
  input: { userId: string; query: ListConversations },
): Promise<{ data: ConversationJson[]; next_cursor: string | null }> {
  const { status, q, limit, cursor } = input.query;
  const page = await conversations.list({
    userId: input.userId,
    status,
    titleContains: q,
    after: decodeCursor(cursor),
    limit,
  });
  const last = page.items.at(-1);
  return {
    data: page.items.map(toConversationJson),
    next_cursor: page.hasMore && last !== undefined ? encodeCursor({ at: last.last_message_at, id: last._id }) : null,
  };
}

/** @throws AppError `not_found` (a deleted one too), `forbidden` */
export async function getConversation(
  dependencies: Pick<Dependencies, "conversations">,
  input: { userId: string; conversationId: string },
): Promise<ConversationJson> {
  return toConversationJson(await requireConversation(dependencies, input));
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
  return toConversationJson(updated);
}

/** Soft: it can be restored until the purge. Deleting twice is fine. @throws AppError `not_found`, `forbidden` */
export async function deleteConversation(
  { conversations, clock }: Pick<Dependencies, "conversations" | "clock">,
  input: { userId: string; conversationId: string },
): Promise<void> {
  await requireOwned("conversation", await conversations.find(input), () => conversations.exists(input.conversationId));
  await conversations.setDeleted({ ...input, isDeleted: true, now: clock.now() });
}

/** Brings a deleted or archived conversation back. @throws AppError `not_found`, `forbidden` */
export async function restoreConversation(
  { conversations, clock }: Pick<Dependencies, "conversations" | "clock">,
  input: { userId: string; conversationId: string },
): Promise<ConversationJson> {
  const current = await requireOwned("conversation", await conversations.find(input), () =>
    conversations.exists(input.conversationId),
  );
  if (current.status === "active") return toConversationJson(current);
  const now = clock.now();
  const restored =
    current.status === "deleted"
      ? await conversations.setDeleted({ ...input, isDeleted: false, now })
      : await conversations.update({ ...input, changes: { status: "active", is_archived: false }, now });
  return toConversationJson(restored ?? current);
}
