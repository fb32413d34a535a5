import type { Generation } from "../domain/generation.ts";
import { blobUrl, type Image, type ImagePlaces } from "../domain/image.ts";
import type { Message } from "../domain/message.ts";
import type { ImageHomes } from "../ports/image-homes.ts";
import type { Database } from "./client.ts";
import { generationsDeclaration } from "./generations.ts";
import { imagesDeclaration } from "./images.ts";
import { messagesDeclaration } from "./messages.ts";

const present = { deleted_at: { $exists: false } };

/** Fields of a place that may be absent; one that is absent now is taken away. */
const optionalPlaces = ["blob_name", "thumbnail_blob", "preview_blob", "cloud_url", "delete_url"] as const;

function placesUpdate(places: ImagePlaces, now: Date): Record<string, Record<string, unknown>> {
  const absent = optionalPlaces.filter((field) => places[field] === undefined);
  return {
    $set: { ...places, updated_at: now },
    ...(absent.length === 0 ? {} : { $unset: Object.fromEntries(absent.map((field) => [field, ""])) }),
  };
}

export function createImageHomes(database: Database): ImageHomes {
  const images = database.collection<Image>(imagesDeclaration.name);
  const messages = database.collection<Message>(messagesDeclaration.name);
  const generations = database.collection<Generation>(generationsDeclaration.name);

  /** What others keep of a picture's home follows it. */
  async function tellOthers(image: Image, places: ImagePlaces, now: Date): Promise<void> {
    const { service, cloud_url: cloudUrl = null } = places;
    await messages.run((collection) =>
      collection.updateMany(
        { "images.image_id": image._id, user_id: image.user_id },
        { $set: { "images.$.service": service, "images.$.cloud_url": cloudUrl, updated_at: now } },
      ),
    );
    const { generation_id: generationId } = image;
    if (generationId === undefined) return;
    if (image.index === 0) {
      await messages.run((collection) =>
        collection.updateOne(
          { "metadata.generation_id": generationId, user_id: image.user_id },
          { $set: { "metadata.cloud_service": service } },
        ),
      );
    }
    const url = blobUrl(places.copies);
    if (url === undefined) return;
    await generations.run((collection) =>
      collection.updateOne(
        { _id: generationId, user_id: image.user_id, image_ids: image._id },
        { $addToSet: { blob_urls: url } },
      ),
    );
  }

  return {
    findByContent: ({ userId, sha256 }) =>
      images.run((collection) =>
        collection
          .find({ user_id: userId, sha256, ...present })
          .sort({ created_at: 1, _id: 1 })
          .toArray(),
      ),

    markDeleted: ({ userId, imageId, now, removalDueAt }) =>
      images.run((collection) =>
        collection.findOneAndUpdate(
          { _id: imageId, user_id: userId, ...present },
          {
            $set: { deleted_at: now, updated_at: now, removal_due_at: removalDueAt, removal_attempts: 0 },
            $unset: { content_key: "" },
          },
          { returnDocument: "after" },
        ),
      ),

    listOf: ({ userId, limit }) =>
      images.run((collection) =>
        collection
          .find({ user_id: userId, ...present })
          .sort({ created_at: -1, _id: -1 })
          .limit(limit)
          .toArray(),
      ),

    findOfGeneration: ({ userId, generationId }) =>
      images.run((collection) =>
        collection.find({ generation_id: generationId, user_id: userId, ...present }).toArray(),
      ),

    findRemovalsDue: ({ now, limit }) =>
      images.run((collection) =>
        collection
          .find({ removal_due_at: { $lte: now } })
          .sort({ removal_due_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    postponeRemoval: async ({ imageId, copies, attempts, dueAt, now }) => {
      await images.run((collection) =>
        collection.updateOne(
          { _id: imageId, deleted_at: { $exists: true } },
          { $set: { copies: [...copies], removal_attempts: attempts, removal_due_at: dueAt, updated_at: now } },
        ),
      );
    },

    removeReferences: async ({ image, blobUrl: url, now }) => {
      await messages.run((collection) =>
        collection.updateMany(
          { "images.image_id": image._id, user_id: image.user_id },
          { $pull: { images: { image_id: image._id } }, $set: { updated_at: now } },
        ),
      );
      const { generation_id: generationId } = image;
      if (generationId === undefined) return;
      await generations.run((collection) =>
        collection.updateOne(
          { _id: generationId, user_id: image.user_id },
          {
            $pull: { image_ids: image._id, ...(url === undefined ? {} : { blob_urls: url }) },
            $set: { updated_at: now },
          },
        ),
      );
    },

    forget: async (imageId) => {
      await images.run((collection) => collection.deleteOne({ _id: imageId, deleted_at: { $exists: true } }));
    },

    listByService: ({ service, after, limit }) =>
      images.run((collection) =>
        collection
          .find({
            service,
            ...present,
            ...(after === undefined
              ? {}
              : {
                  created_at: { $gte: after.at },
                  $or: [{ created_at: { $gt: after.at } }, { _id: { $gt: after.id } }],
                }),
          })
          .sort({ created_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    setPlaces: async ({ image, places, facts, now }) => {
      const { matchedCount } = await images.run((collection) =>
        collection.updateOne(
          { _id: image._id, service: image.service, ...present },
          placesUpdate({ ...places, ...facts }, now),
        ),
      );
      if (matchedCount === 0) return false;
      const isMoved = image.service !== places.service || image.cloud_url !== places.cloud_url;
      if (isMoved) await tellOthers(image, places, now);
      return true;
    },
  };
}
