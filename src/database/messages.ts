import { AppError } from "../domain/errors.ts";
import type { FunctionCall, Message } from "../domain/message.ts";
import type { Messages, TurnEnd } from "../ports/messages.ts";
import type { Database } from "./client.ts";
import { onlyDuplicates } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { pageOf } from "./paging.ts";

export const messagesDeclaration: CollectionDeclaration = {
  name: "messages",
  indexes: [
    { key: { conversation_id: 1 } },
    { key: { created_at: -1 } },
    { key: { role: 1 } },
    { key: { conversation_id: 1, created_at: -1 } },
    { key: { conversation_id: 1, _id: 1 } },
    { key: { conversation_id: 1, version_group: 1, _id: 1 } },
    { key: { user_id: 1, "images.generated": 1, created_at: -1 } },
    { key: { "metadata.generation_id": 1 }, unique: true, sparse: true },
    // A file that is deleted leaves the messages that it came with.
    { key: { "files.file_id": 1 }, sparse: true },
    // So does a picture; and where it is stored is told in each message that shows it.
    { key: { "images.image_id": 1 }, sparse: true },
    { key: { text: "text", "metadata.prompt": "text" } },
    // For the timers. Few answers are open at a time, so these stay small.
    { key: { status: 1, heartbeat_at: 1, _id: 1 }, partialFilterExpression: { is_open: true } },
    { key: { updated_at: 1, _id: 1 }, partialFilterExpression: { is_open: true } },
  ],
};

/** An answer without calls has no list of them. */
function calledTools(functionCalls: readonly FunctionCall[] = []): Record<string, unknown> {
  return functionCalls.length === 0 ? {} : { function_calls: functionCalls };
}

function ended(end: TurnEnd): Record<string, unknown> {
  const metadata = Object.entries(end.metadata).map(([field, value]) => [`metadata.${field}`, value]);
  return {
    status: end.status,
    content: end.content,
    text: end.content,
    is_stopped: end.isStopped,
    settlement: end.settlement,
    ...calledTools(end.functionCalls),
    updated_at: end.now,
    ...Object.fromEntries(metadata),
  };
}

export function createMessages(database: Database): Messages {
  const messages = database.collection<Message>(messagesDeclaration.name);

  async function areThere(added: readonly Message[]): Promise<boolean> {
    const found = await messages.run((collection) =>
      collection
        .find({ _id: { $in: added.map(({ _id }) => _id) } }, { projection: { conversation_id: 1, role: 1 } })
        .toArray(),
    );
    return added.every((message) =>
      found.some(
        ({ _id, conversation_id: conversationId, role }) =>
          _id === message._id && conversationId === message.conversation_id && role === message.role,
      ),
    );
  }

  return {
    insertMany: async (added) => {
      if (added.length === 0) return;
      try {
        await messages.run((collection) => collection.insertMany([...added], { ordered: false }));
      } catch (error) {
        // Several unique indexes may have refused one; a message that is there was a repeat, one that is not is lost.
        if (!onlyDuplicates(error) || !(await areThere(added))) throw error;
      }
    },

    find: ({ userId, messageId }) =>
      messages.run((collection) => collection.findOne({ _id: messageId, user_id: userId })),

    exists: async (messageId) => {
      const found = await messages.run((collection) =>
        collection.findOne({ _id: messageId }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },

    findHistory: ({ userId, conversationId, beforeId, onlyIds, limit }) => {
      const ids = {
        ...(beforeId === undefined ? {} : { $lt: beforeId }),
        ...(onlyIds === undefined ? {} : { $in: [...onlyIds] }),
      };
      return messages.run((collection) =>
        collection
          .find({
            conversation_id: conversationId,
            user_id: userId,
            ...(onlyIds === undefined ? { superseded: false } : {}),
            status: "complete",
            content: { $ne: "" },
            ...(Object.keys(ids).length === 0 ? {} : { _id: ids }),
          })
          .sort({ _id: -1 })
          .limit(limit)
          .toArray(),
      );
    },

    findLastId: async ({ userId, conversationId, beforeId }) => {
      const last = await messages.run((collection) =>
        collection.findOne(
          {
            conversation_id: conversationId,
            user_id: userId,
            superseded: false,
            ...(beforeId === undefined ? {} : { _id: { $lt: beforeId } }),
          },
          { sort: { _id: -1 }, projection: { _id: 1 } },
        ),
      );
      return last?._id ?? null;
    },

    list: async ({ userId, conversationId, includeSuperseded, afterId, limit }) =>
      pageOf(
        await messages.run((collection) =>
          collection
            .find({
              conversation_id: conversationId,
              user_id: userId,
              ...(includeSuperseded ? {} : { superseded: false }),
              ...(afterId === undefined ? {} : { _id: { $gt: afterId } }),
            })
            .sort({ _id: 1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    findNodes: ({ conversationId, fromId }) =>
      messages.run((collection) =>
        collection
          .find(
            { conversation_id: conversationId, ...(fromId === undefined ? {} : { _id: { $gte: fromId } }) },
            { projection: { previous_message_id: 1, version_group: 1, superseded: 1, activated_at: 1, created_at: 1 } },
          )
          .sort({ _id: 1 })
          .toArray(),
      ),

    findVersions: ({ userId, conversationId, versionGroup }) =>
      messages.run((collection) =>
        collection
          .find({ conversation_id: conversationId, user_id: userId, version_group: versionGroup })
          .sort({ _id: 1 })
          .toArray(),
      ),

    changePath: async ({ conversationId, change, now }) => {
      const flip = async (ids: readonly string[], superseded: boolean): Promise<number> => {
        if (ids.length === 0) return 0;
        const { modifiedCount } = await messages.run((collection) =>
          collection.updateMany(
            { _id: { $in: [...ids] }, conversation_id: conversationId, superseded: !superseded },
            { $set: { superseded, updated_at: now, ...(superseded ? {} : { activated_at: now }) } },
          ),
        );
        return modifiedCount;
      };
      // What leaves goes first: for a moment too little is on the path, never two versions of one message.
      const left = await flip(change.leave, true);
      const entered = await flip(change.enter, false);
      return entered - left;
    },

    takeVersion: async ({ conversationId, versionGroup }) => {
      // The first version counts them, and its id is the group's.
      const first = await messages.run((collection) =>
        collection.findOneAndUpdate(
          { _id: versionGroup, conversation_id: conversationId },
          { $inc: { version_count: 1 } },
          { returnDocument: "after", projection: { version_count: 1 } },
        ),
      );
      if (first === null) throw new AppError("not_found", { detail: "There is no such message." });
      return first.version_count;
    },

    setVersionCount: async ({ conversationId, versionGroup, count }) => {
      await messages.run((collection) =>
        collection.updateMany(
          { conversation_id: conversationId, version_group: versionGroup, version_count: { $lt: count } },
          { $set: { version_count: count } },
        ),
      );
    },

    saveProgress: async ({ messageId, content, functionCalls, now }) => {
      // `text` waits for the end: the search index would be rewritten at every call.
      const message = await messages.run((collection) =>
        collection.findOneAndUpdate(
          { _id: messageId, status: "streaming" },
          { $set: { content, ...calledTools(functionCalls), heartbeat_at: now, updated_at: now } },
          { returnDocument: "after", projection: { stop_requested_at: 1 } },
        ),
      );
      return message === null ? null : { isStopRequested: message.stop_requested_at !== undefined };
    },

    finish: (end) =>
      messages.run((collection) =>
        collection.findOneAndUpdate(
          { _id: end.messageId, status: "streaming" },
          { $set: ended(end), $unset: { heartbeat_at: "", stop_requested_at: "" } },
          { returnDocument: "after" },
        ),
      ),

    requestStop: ({ userId, messageId, now }) =>
      messages.run((collection) =>
        collection.findOneAndUpdate(
          { _id: messageId, user_id: userId, status: "streaming" },
          { $set: { stop_requested_at: now, updated_at: now } },
          { returnDocument: "after" },
        ),
      ),

    requestStops: async ({ userId, conversationId, now }) => {
      await messages.run((collection) =>
        collection.updateMany(
          { conversation_id: conversationId, user_id: userId, status: "streaming" },
          { $set: { stop_requested_at: now, updated_at: now } },
        ),
      );
    },

    isStopRequested: async (messageId) => {
      const message = await messages.run((collection) =>
        collection.findOne({ _id: messageId }, { projection: { stop_requested_at: 1 } }),
      );
      return message?.stop_requested_at !== undefined;
    },

    findDeadTurns: ({ before, limit }) =>
      messages.run((collection) =>
        collection
          .find({ is_open: true, status: "streaming", heartbeat_at: { $lt: before } })
          .sort({ heartbeat_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    findUnsettled: ({ before, limit }) =>
      messages.run((collection) =>
        collection
          .find({ is_open: true, status: { $in: ["complete", "failed"] }, updated_at: { $lt: before } })
          .sort({ updated_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    removeOf: async (conversationId) => {
      await messages.run((collection) => collection.deleteMany({ conversation_id: conversationId }));
    },

    markSettled: async (messageId) => {
      await messages.run((collection) =>
        collection.updateOne(
          { _id: messageId, status: { $ne: "streaming" } },
          { $unset: { is_open: "", settlement: "" } },
        ),
      );
    },
  };
}
