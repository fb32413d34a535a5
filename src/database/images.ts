import type { Image } from "../domain/image.ts";
import type { Images } from "../ports/images.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey, isDuplicateOf } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const imagesDeclaration: CollectionDeclaration = {
  name: "images",
  indexes: [
    { key: { user_id: 1, created_at: -1 } },
    { key: { generation_id: 1 } },
    { key: { user_id: 1, sha256: 1 } },
    { key: { content_key: 1 }, unique: true, sparse: true },
    { key: { user_id: 1, tags: 1 } },
    { key: { user_id: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, tags: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, generated: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, conversation_id: 1, created_at: -1, _id: -1 } },
    // All that a comparison of hashes reads, so that it reads no documents.
    { key: { user_id: 1, phash: 1, _id: 1 } },
    // Tells blobs that belong to nobody.
    { key: { blob_name: 1 } },
    // Finds pictures without a hash.
    { key: { phash: 1 } },
    { key: { service: 1, created_at: 1 } },
    { key: { deleted_at: 1 }, sparse: true },
    // For the timer that verifies them, and for what is left of deleted ones.
    { key: { service: 1, created_at: 1, _id: 1 } },
    { key: { removal_due_at: 1, _id: 1 }, sparse: true },
  ],
};

/** What a picture with other places, or of other bytes, may not have any more. */
const optionalFields = ["content_key", "cloud_url", "delete_url", "carries_metadata"] as const;

export function createImages(database: Database): Images {
  const images = database.collection<Image>(imagesDeclaration.name);

  const put = async (image: Image): Promise<Image | null> => {
    const { _id, caption, tags, created_at, ...made } = image;
    const absent = optionalFields.filter((field) => made[field] === undefined);
    return images.run((collection) =>
      collection.findOneAndUpdate(
        { _id },
        {
          $set: made,
          $setOnInsert: { caption, tags, created_at },
          ...(absent.length === 0 ? {} : { $unset: Object.fromEntries(absent.map((field) => [field, ""])) }),
        },
        { upsert: true, returnDocument: "after" },
      ),
    );
  };

  return {
    put: async (image) => {
      try {
        return await put(image);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      try {
        // Two workers may have inserted it at the same moment; then it is there now to be written over.
        return await put(image);
      } catch (error) {
        if (isDuplicateOf(error, "content_key")) return null;
        throw error;
      }
    },

    find: ({ userId, imageId }) => images.run((collection) => collection.findOne({ _id: imageId, user_id: userId })),

    findById: (imageId) => images.run((collection) => collection.findOne({ _id: imageId })),

    findMany: async (imageIds) =>
      imageIds.length === 0
        ? []
        : images.run((collection) =>
            collection.find({ _id: { $in: [...imageIds] }, deleted_at: { $exists: false } }).toArray(),
          ),
  };
}
