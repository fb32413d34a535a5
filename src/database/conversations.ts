import type { Conversation, ConversationStatus } from "../domain/conversation.ts";
import type { Conversations } from "../ports/conversations.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { behind, escapePattern, pageOf } from "./paging.ts";

export const conversationsDeclaration: CollectionDeclaration = {
  name: "conversations",
  indexes: [
    { key: { user_id: 1 } },
    { key: { created_at: -1 } },
    { key: { is_archived: 1 } },
    { key: { user_id: 1, created_at: -1 } },
    { key: { user_id: 1, is_archived: 1 } },
    { key: { updated_at: -1 } },
    { key: { status: 1 } },
    { key: { last_message_at: -1 } },
    { key: { user_id: 1, status: 1, last_message_at: -1 } },
    { key: { user_id: 1, status: 1, last_message_at: -1, _id: -1 } },
    { key: { "share.token": 1 }, unique: true, sparse: true },
    { key: { title: "text" } },
  ],
};

/** How many turns a conversation remembers as counted. A turn is retried within minutes, long before that many follow. */
const rememberedTurns = 50;

const listedStatuses: readonly ConversationStatus[] = ["active", "archived"];

type Changes = Parameters<Conversations["update"]>[0]["changes"];

/** `is_archived` mirrors the status; whichever of the two is given decides the other. */
function mirrored(changes: Changes): Changes {
  if (changes.status !== undefined) return { ...changes, is_archived: changes.status === "archived" };
  if (changes.is_archived !== undefined) return { ...changes, status: changes.is_archived ? "archived" : "active" };
  return changes;
}

function newestFirst(a: Conversation, b: Conversation): number {
  return b.last_message_at.getTime() - a.last_message_at.getTime() || (a._id < b._id ? 1 : -1);
}

export function createConversations(database: Database): Conversations {
  const conversations = database.collection<Conversation>(conversationsDeclaration.name);

  const insert = async (conversation: Conversation): Promise<void> => {
    await conversations.run((collection) => collection.insertOne(conversation));
  };

  return {
    insert,

    insertIfAbsent: async (conversation) => {
      try {
        await insert(conversation);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    find: ({ userId, conversationId }) =>
      conversations.run((collection) => collection.findOne({ _id: conversationId, user_id: userId })),

    exists: async (conversationId) => {
      const found = await conversations.run((collection) =>
        collection.findOne({ _id: conversationId }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },

    list: async ({ userId, status, titleContains, after, limit }) => {
      const title =
        titleContains === undefined ? {} : { title: { $regex: escapePattern(titleContains), $options: "i" } };
      // One query a status: each walks one index in the order of the list, which a query over both does not everywhere.
      const lists = await Promise.all(
        (status === undefined ? listedStatuses : [status]).map((wanted) =>
          conversations.run((collection) =>
            collection
              .find({ user_id: userId, status: wanted, ...title, ...behind("last_message_at", after) })
              .sort({ last_message_at: -1, _id: -1 })
              .limit(limit + 1)
              .toArray(),
          ),
        ),
      );
      return pageOf(lists.flat().sort(newestFirst), limit);
    },

    update: ({ userId, conversationId, changes, now }) =>
      conversations.run((collection) =>
        collection.findOneAndUpdate(
          { _id: conversationId, user_id: userId, status: { $ne: "deleted" } },
          { $set: { ...mirrored(changes), updated_at: now } },
          { returnDocument: "after" },
        ),
      ),

    setDeleted: ({ userId, conversationId, isDeleted, now }) =>
      conversations.run((collection) =>
        collection.findOneAndUpdate(
          { _id: conversationId, user_id: userId, status: isDeleted ? { $ne: "deleted" } : "deleted" },
          isDeleted
            ? { $set: { status: "deleted", is_archived: false, deleted_at: now, updated_at: now } }
            : { $set: { status: "active", is_archived: false, updated_at: now }, $unset: { deleted_at: "" } },
          { returnDocument: "after" },
        ),
      ),

    findDeleted: ({ before, limit }) =>
      conversations.run((collection) =>
        collection
          .find({ status: "deleted", deleted_at: { $lt: before } })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    archiveIdle: async ({ before, now }) => {
      const { modifiedCount } = await conversations.run((collection) =>
        collection.updateMany(
          { status: "active", last_message_at: { $lt: before } },
          { $set: { status: "archived", is_archived: true, updated_at: now } },
        ),
      );
      return modifiedCount;
    },

    remove: async (conversationId) => {
      await conversations.run((collection) => collection.deleteOne({ _id: conversationId, status: "deleted" }));
    },

    replaceTitle: async ({ conversationId, from, to, now }) => {
      await conversations.run((collection) =>
        collection.updateOne({ _id: conversationId, title: from }, { $set: { title: to, updated_at: now } }),
      );
    },

    setSummary: async ({ conversationId, summary, after, now }) => {
      const unchanged = after === "" ? { summary: { $exists: false } } : { "summary.up_to_message_id": after };
      await conversations.run((collection) =>
        collection.updateOne({ _id: conversationId, ...unchanged }, { $set: { summary, updated_at: now } }),
      );
    },

    addMessages: async ({ conversationId, messages, now }) => {
      await conversations.run((collection) =>
        collection.updateOne(
          { _id: conversationId },
          { $inc: { total_messages: messages }, $set: { updated_at: now } },
        ),
      );
    },

    addTurn: async ({ conversationId, turnId, messages, tokens, costUsd, now }) => {
      await conversations.run((collection) =>
        collection.updateOne(
          { _id: conversationId, counted_turns: { $ne: turnId } },
          {
            $inc: { total_messages: messages, total_tokens: tokens, estimated_cost: costUsd },
            $max: { last_message_at: now },
            $set: { updated_at: now },
            $push: { counted_turns: { $each: [turnId], $slice: -rememberedTurns } },
          },
        ),
      );
    },
  };
}
