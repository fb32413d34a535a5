import type { Image } from "../domain/image.ts";
import type { Images } from "../ports/images.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey } from "./errors.ts";
import type { CollectionDeclaration } from "./indexes.ts";

export const imagesDeclaration: CollectionDeclaration = {
  name: "images",
  indexes: [
    { key: { user_id: 1, created_at: -1 } },
    { key: { generation_id: 1 } },
    { key: { user_id: 1, sha256: 1 } },
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

export function createImages(database: Database): Images {
  const images = database.collection<Image>(imagesDeclaration.name);

  const put = async (image: Image): Promise<void> => {
    await images.run((collection) => collection.replaceOne({ _id: image._id }, image, { upsert: true }));
  };

  return {
    put: async (image) => {
      try {
        await put(image);
      } catch (error) {
        // Two workers inserted it at the same moment; now it is there to be replaced.
        if (!isDuplicateKey(error)) throw error;
        await put(image);
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
