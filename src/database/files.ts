import { contentKey, type UploadedFile } from "../domain/file.ts";
import type { Files } from "../ports/files.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";
import { messagesDeclaration } from "./messages.ts";
import { behind, pageOf } from "./paging.ts";

export const uploadedFilesDeclaration: CollectionDeclaration = {
  name: "uploaded_files",
  indexes: [
    { key: { user_id: 1 } },
    { key: { conversation_id: 1 } },
    { key: { created_at: -1 } },
    { key: { user_id: 1, sha256: 1 } },
    { key: { content_key: 1 }, unique: true, sparse: true },
    { key: { user_id: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, conversation_id: 1, created_at: -1, _id: -1 } },
    // For the timer. Few files are open at a time, so this stays small.
    { key: { updated_at: 1, _id: 1 }, partialFilterExpression: { is_open: true } },
  ],
};

/** The files of a message's document, as far as they are changed here. */
interface MessageWithFiles {
  readonly _id: string;
  readonly user_id: string;
  readonly files: readonly { readonly file_id: string }[];
  readonly updated_at: Date;
}

const present = { deleted_at: { $exists: false } };

export function createFiles(database: Database): Files {
  const files = database.collection<UploadedFile>(uploadedFilesDeclaration.name);
  const messages = database.collection<MessageWithFiles>(messagesDeclaration.name);

  return {
    insert: async (file) => {
      try {
        await files.run((collection) => collection.insertOne(file));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    find: ({ userId, fileId }) =>
      files.run((collection) => collection.findOne({ _id: fileId, user_id: userId, ...present })),

    findMany: async ({ userId, fileIds }) =>
      fileIds.length === 0
        ? []
        : files.run((collection) =>
            collection.find({ _id: { $in: [...fileIds] }, user_id: userId, ...present }).toArray(),
          ),

    findByContent: ({ userId, sha256 }) =>
      files.run((collection) => collection.findOne({ content_key: contentKey(userId, sha256), user_id: userId })),

    findById: (fileId) => files.run((collection) => collection.findOne({ _id: fileId, ...present })),

    exists: async (fileId) => {
      const found = await files.run((collection) =>
        collection.findOne({ _id: fileId, ...present }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },

    list: async ({ userId, conversationId, after, limit }) =>
      pageOf(
        await files.run((collection) =>
          collection
            .find({
              user_id: userId,
              ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
              ...present,
              ...behind("created_at", after),
            })
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    usage: async (userId) => {
      const [sum] = await files.run((collection) =>
        collection
          .aggregate<{ files: number; bytes: number }>([
            { $match: { user_id: userId, ...present } },
            { $group: { _id: null, files: { $sum: 1 }, bytes: { $sum: "$file_size" } } },
          ])
          .toArray(),
      );
      return { files: sum?.files ?? 0, bytes: sum?.bytes ?? 0 };
    },

    markEnqueued: async ({ fileId, now }) => {
      await files.run((collection) =>
        collection.updateOne(
          { _id: fileId, analysis_status: "pending", ...present },
          { $set: { enqueued_at: now, updated_at: now } },
        ),
      );
    },

    claim: ({ fileId, owner, now, leaseUntil }) =>
      files.run((collection) =>
        collection.findOneAndUpdate(
          {
            _id: fileId,
            analysis_status: "pending",
            ...present,
            $or: [{ lease: { $exists: false } }, { "lease.until": { $lte: now } }],
          },
          { $set: { lease: { owner, until: leaseUntil }, updated_at: now }, $inc: { attempts: 1 } },
          { returnDocument: "after" },
        ),
      ),

    finish: ({ fileId, owner, status, result, error, now }) =>
      files.run((collection) =>
        collection.findOneAndUpdate(
          {
            _id: fileId,
            analysis_status: "pending",
            ...present,
            ...(owner === undefined ? {} : { "lease.owner": owner }),
          },
          {
            $set: {
              analysis_status: status,
              analysis_result: result,
              updated_at: now,
              ...(error === undefined ? {} : { analysis_error: error }),
            },
            $unset: { is_open: "", lease: "" },
          },
          { returnDocument: "after" },
        ),
      ),

    release: async ({ fileId, owner, now }) => {
      await files.run((collection) =>
        collection.updateOne(
          { _id: fileId, analysis_status: "pending", "lease.owner": owner },
          { $set: { updated_at: now }, $unset: { lease: "" } },
        ),
      );
    },

    findLost: ({ neverBefore, lastBefore, now, limit }) =>
      files.run((collection) =>
        collection
          .find({
            is_open: true,
            updated_at: { $lt: new Date(Math.max(neverBefore.getTime(), lastBefore.getTime())) },
            analysis_status: "pending",
            ...present,
            $and: [
              { $or: [{ enqueued_at: { $exists: false } }, { updated_at: { $lt: lastBefore } }] },
              { $or: [{ lease: { $exists: false } }, { "lease.until": { $lte: now } }] },
            ],
          })
          .sort({ updated_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    markDeleted: ({ userId, fileId, now }) =>
      files.run((collection) =>
        collection.findOneAndUpdate(
          { _id: fileId, user_id: userId, ...present },
          { $set: { deleted_at: now, updated_at: now, is_open: true }, $unset: { content_key: "", lease: "" } },
          { returnDocument: "after" },
        ),
      ),

    findUnremoved: ({ before, limit }) =>
      files.run((collection) =>
        collection
          .find({ is_open: true, updated_at: { $lt: before }, deleted_at: { $exists: true } })
          .sort({ updated_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    removeReferences: async ({ userId, fileId, now }) => {
      await messages.run((collection) =>
        collection.updateMany(
          { user_id: userId, "files.file_id": fileId },
          { $pull: { files: { file_id: fileId } }, $set: { updated_at: now } },
        ),
      );
    },

    remove: async (fileId) => {
      await files.run((collection) => collection.deleteOne({ _id: fileId, deleted_at: { $exists: true } }));
    },
  };
}
