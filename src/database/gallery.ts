import type { Document, Filter } from "mongodb";
import type { Image } from "../domain/image.ts";
import type { Gallery, GalleryFilter, ImageUsage, ServiceUsage } from "../ports/gallery.ts";
import type { Database } from "./client.ts";
import { imagesDeclaration } from "./images.ts";
import { messagesDeclaration } from "./messages.ts";
import { behind, pageOf } from "./paging.ts";
import { imageTexts, matching } from "./search.ts";

/** The pictures of a message's document, as far as they are changed here. */
interface MessageWithImages {
  readonly _id: string;
  readonly user_id: string;
  readonly images: readonly { readonly image_id: string; readonly caption: string | null }[];
  readonly updated_at: Date;
}

const present = { deleted_at: { $exists: false } };
/** Documents a batch of a scan that reads little of each. */
const scanBatch = 10_000;

function condition({ tag, generated, conversationId, words }: GalleryFilter): Document {
  return {
    ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(generated === undefined ? {} : { generated }),
    ...(words === undefined ? {} : matching(words, imageTexts, "all")),
  };
}

/**
 * One group for each content, so that shared bytes are known.
 * @param key what tells contents apart: bytes are shared only among the pictures of one user
 */
function byContent(key: unknown): Document {
  return {
    $group: {
      _id: key,
      images: { $sum: 1 },
      generated: { $sum: { $cond: ["$generated", 1, 0] } },
      size: { $first: "$size" },
      copies: { $first: "$copies" },
    },
  };
}

const totals: Document = {
  $group: {
    _id: null,
    images: { $sum: "$images" },
    generated: { $sum: "$generated" },
    bytes: { $sum: { $multiply: ["$images", "$size"] } },
    generatedBytes: { $sum: { $multiply: ["$generated", "$size"] } },
    storedBytes: { $sum: "$size" },
  },
};

/** Pictures with a copy that is there, as far as is known. */
const sound: Document = { $elemMatch: { verified_at: { $ne: null }, error: { $exists: false } } };

const lost: Document = { $group: { _id: null, images: { $sum: "$images" } } };

/** Only copies that are there count. */
const byService: readonly Document[] = [
  { $unwind: "$copies" },
  { $match: { "copies.verified_at": { $ne: null }, "copies.error": { $exists: false } } },
  { $group: { _id: "$copies.service", images: { $sum: "$images" }, bytes: { $sum: "$size" } } },
];

interface Totals {
  readonly images: number;
  readonly generated: number;
  readonly bytes: number;
  readonly generatedBytes: number;
  readonly storedBytes: number;
}

const nothing: Totals = { images: 0, generated: 0, bytes: 0, generatedBytes: 0, storedBytes: 0 };

interface ServiceGroup {
  readonly _id: ServiceUsage["service"];
  readonly images: number;
  readonly bytes: number;
}

export function createGallery(database: Database): Gallery {
  const images = database.collection<Image>(imagesDeclaration.name);
  const messages = database.collection<MessageWithImages>(messagesDeclaration.name);

  const usage = async (match: Document, key: unknown): Promise<ImageUsage> => {
    const [found] = await images.run((collection) =>
      collection
        .aggregate<{ totals: Totals[]; services: ServiceGroup[]; lost: { images: number }[] }>([
          { $match: { ...match, ...present } },
          byContent(key),
          {
            $facet: {
              totals: [totals],
              services: [...byService],
              lost: [{ $match: { copies: { $not: sound } } }, lost],
            },
          },
        ])
        .toArray(),
    );
    const sum = found?.totals[0] ?? nothing;
    const services = found?.services ?? [];
    return {
      images: sum.images,
      generated: sum.generated,
      bytes: sum.bytes,
      storedBytes: sum.storedBytes,
      lost: found?.lost[0]?.images ?? 0,
      uploaded: { images: sum.images - sum.generated, bytes: sum.bytes - sum.generatedBytes },
      services: services.map(({ _id, ...rest }) => ({ service: _id, ...rest })),
    };
  };

  /** Looked at again after it is written: of two changes at once, the messages keep what the picture keeps. */
  async function captionInMessages({ _id: imageId, user_id: userId, caption }: Image, now: Date): Promise<void> {
    await messages.run((collection) =>
      collection.updateMany(
        { user_id: userId, "images.image_id": imageId },
        { $set: { "images.$.caption": caption, updated_at: now } },
      ),
    );
    const current = await images.run((collection) => collection.findOne({ _id: imageId, user_id: userId }));
    if (current !== null && current.caption !== caption) await captionInMessages(current, now);
  }

  return {
    list: async ({ userId, after, limit, ...filter }) =>
      pageOf(
        await images.run((collection) =>
          collection
            .find({
              $and: [{ user_id: userId, ...present }, condition(filter), behind("created_at", after)],
            } as Filter<Image>)
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    update: async ({ userId, imageId, changes, ifUnchangedSince, now }) => {
      const updated = await images.run((collection) =>
        collection.findOneAndUpdate(
          {
            _id: imageId,
            user_id: userId,
            ...present,
            ...(ifUnchangedSince === undefined ? {} : { updated_at: ifUnchangedSince }),
          },
          { $set: { ...changes, updated_at: now } },
          { returnDocument: "after" },
        ),
      );
      if (updated !== null && changes.caption !== undefined) await captionInMessages(updated, now);
      return updated;
    },

    visitHashes: ({ userId, limit }, visit) =>
      images.run(async (collection) => {
        const found = collection.find<{ _id: string; phash: string }>(
          { user_id: userId, phash: { $gt: "" } },
          { projection: { _id: 1, phash: 1 }, batchSize: scanBatch, limit },
        );
        for await (const { _id, phash } of found) visit({ id: _id, phash });
      }),

    findUnhashed: (limit) =>
      images.run((collection) =>
        collection
          .find({ phash: { $exists: false }, ...present })
          .limit(limit)
          .toArray(),
      ),

    findNamed: async (blobNames) => {
      if (blobNames.length === 0) return [];
      const found = await images.run((collection) =>
        collection
          .find<{ blob_name: string }>({ blob_name: { $in: [...blobNames] } }, { projection: { _id: 0, blob_name: 1 } })
          .toArray(),
      );
      return found.map(({ blob_name: name }) => name);
    },

    setHash: async ({ imageId, phash }) => {
      await images.run((collection) => collection.updateOne({ _id: imageId }, { $set: { phash } }));
    },

    countByConversation: async ({ userId, conversationIds }) => {
      if (conversationIds.length === 0) return new Map();
      const counts = await images.run((collection) =>
        collection
          .aggregate<{ _id: string; images: number }>([
            { $match: { user_id: userId, conversation_id: { $in: [...conversationIds] }, ...present } },
            { $group: { _id: "$conversation_id", images: { $sum: 1 } } },
          ])
          .toArray(),
      );
      return new Map(counts.map(({ _id, images: count }) => [_id, count]));
    },

    placeInConversation: async ({ userId, imageIds, conversationId }) => {
      if (imageIds.length === 0) return;
      await images.run((collection) =>
        collection.updateMany(
          { _id: { $in: [...imageIds] }, user_id: userId, conversation_id: { $exists: false } },
          { $set: { conversation_id: conversationId } },
        ),
      );
    },

    usageOf: (userId) => usage({ user_id: userId }, "$sha256"),

    uploadedOf: async (userId) => {
      const [sum] = await images.run((collection) =>
        collection
          .aggregate<{ images: number; bytes: number }>([
            { $match: { user_id: userId, generated: false, ...present } },
            { $group: { _id: null, images: { $sum: 1 }, bytes: { $sum: "$size" } } },
          ])
          .toArray(),
      );
      return { images: sum?.images ?? 0, bytes: sum?.bytes ?? 0 };
    },

    usageOfAll: () => usage({}, { user: "$user_id", sha256: "$sha256" }),

    largestOwners: async (limit) => {
      const owners = await images.run((collection) =>
        collection
          .aggregate<{ _id: string; images: number; bytes: number }>([
            { $match: present },
            { $group: { _id: "$user_id", images: { $sum: 1 }, bytes: { $sum: "$size" } } },
            { $sort: { bytes: -1, _id: 1 } },
            { $limit: limit },
          ])
          .toArray(),
      );
      return owners.map(({ _id, ...rest }) => ({ userId: _id, ...rest }));
    },
  };
}
