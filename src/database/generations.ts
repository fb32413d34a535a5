import { endedStatuses, type Generation, type RunningJob } from "../domain/generation.ts";
import type { Generations } from "../ports/generations.ts";
import type { Database } from "./client.ts";
import { isDuplicateKey, isDuplicateOf } from "./errors.ts";
import { type CollectionDeclaration, expiresAtIndex } from "./indexes.ts";
import { behind, pageOf } from "./paging.ts";

export const generationsDeclaration: CollectionDeclaration = {
  name: "generations",
  indexes: [
    { key: { user_id: 1, created_at: -1 } },
    { key: { status: 1 } },
    { key: { replicate_prediction_id: 1 }, unique: true, sparse: true },
    { key: { user_id: 1, status: 1 } },
    { key: { created_at: -1 } },
    { key: { status: 1, created_at: 1 } },
    { key: { status: 1, "lease.until": 1 } },
    { key: { model_type: 1 } },
    { key: { slot: 1 }, unique: true, sparse: true },
    expiresAtIndex,
    { key: { user_id: 1, created_at: -1, _id: -1 } },
    { key: { user_id: 1, status: 1, created_at: -1, _id: -1 } },
    { key: { status: 1, created_at: 1, _id: 1 } },
    // For the timers. Few jobs are open at a time, so these stay small.
    { key: { status: 1, "lease.until": 1, _id: 1 }, partialFilterExpression: { is_open: true } },
    { key: { updated_at: 1, _id: 1 }, partialFilterExpression: { is_open: true } },
    { key: { "webhook.due_at": 1, _id: 1 }, partialFilterExpression: { "webhook.due_at": { $exists: true } } },
  ],
};

/** More than any tier may have running. */
const maxRunningRead = 64;

/** Beyond that many, a place in the queue is only "at least". */
const maxCountedAhead = 1_000;

/** Fields of a job's end. As a pipeline, because the time that it took follows from the stored start. */
function ending(now: Date, fields: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const literals = Object.entries(fields).map(([field, value]) => [field, { $literal: value }]);
  return [
    {
      $set: {
        ...Object.fromEntries(literals),
        processing_time_ms: { $subtract: [now, { $ifNull: ["$started_at", now] }] },
        completed_at: now,
        updated_at: now,
      },
    },
    { $unset: ["lease", "slot", "retry_at"] },
  ];
}

export function createGenerations(database: Database): Generations {
  const generations = database.collection<Generation>(generationsDeclaration.name);

  const ownedBy = (generationId: string, owner: string) =>
    ({ _id: generationId, status: "processing", "lease.owner": owner }) as const;

  return {
    insertIfAbsent: async (generation) => {
      try {
        await generations.run((collection) => collection.insertOne(generation));
      } catch (error) {
        if (!isDuplicateKey(error) || isDuplicateOf(error, "replicate_prediction_id")) throw error;
      }
    },

    find: ({ userId, generationId }) =>
      generations.run((collection) => collection.findOne({ _id: generationId, user_id: userId })),

    findById: (generationId) => generations.run((collection) => collection.findOne({ _id: generationId })),

    exists: async (generationId) => {
      const found = await generations.run((collection) =>
        collection.findOne({ _id: generationId }, { projection: { _id: 1 } }),
      );
      return found !== null;
    },

    list: async ({ userId, status, after, limit }) =>
      pageOf(
        await generations.run((collection) =>
          collection
            .find({ user_id: userId, ...(status === undefined ? {} : { status }), ...behind("created_at", after) })
            .sort({ created_at: -1, _id: -1 })
            .limit(limit + 1)
            .toArray(),
        ),
        limit,
      ),

    countAhead: async (generation) => {
      const counted = await generations.run((collection) =>
        collection
          .aggregate<{ _id: string; jobs: number }>([
            {
              $match: {
                status: "pending",
                created_at: { $lte: generation.created_at },
                $or: [{ created_at: { $lt: generation.created_at } }, { _id: { $lt: generation._id } }],
              },
            },
            { $limit: maxCountedAhead },
            { $group: { _id: "$user_id", jobs: { $sum: 1 } } },
          ])
          .toArray(),
      );
      const own = counted.find(({ _id }) => _id === generation.user_id)?.jobs ?? 0;
      const others = counted.filter(({ _id }) => _id !== generation.user_id);
      return others.reduce((sum, { jobs }) => sum + Math.min(jobs, own + 1), own);
    },

    markEnqueued: async ({ generationId, now }) => {
      await generations.run((collection) =>
        collection.updateOne({ _id: generationId, is_open: true }, { $set: { enqueued_at: now, updated_at: now } }),
      );
    },

    markUnsent: async (generationId) => {
      await generations.run((collection) =>
        collection.updateOne({ _id: generationId, status: "pending" }, { $unset: { enqueued_at: "" } }),
      );
    },

    findRunnable: async ({ userId, now, limit }) => {
      const [running, waiting] = await Promise.all([
        generations.run((collection) =>
          collection
            .find<RunningJob>({ user_id: userId, status: "processing" }, { projection: { slot: 1 } })
            .limit(maxRunningRead)
            .toArray(),
        ),
        generations.run((collection) =>
          collection
            // Not a field that is absent or past by `$or`: that could cost the index its order.
            .find({ user_id: userId, status: "pending", retry_at: { $not: { $gt: now } } })
            .sort({ created_at: 1, _id: 1 })
            .limit(limit)
            .toArray(),
        ),
      ]);
      return { running, waiting };
    },

    claim: async ({ generationId, owner, slot, now, leaseUntil }) => {
      try {
        return await generations.run((collection) =>
          collection.findOneAndUpdate(
            { _id: generationId, status: "pending", retry_at: { $not: { $gt: now } } },
            {
              $set: { status: "processing", lease: { owner, until: leaseUntil }, slot, updated_at: now },
              $unset: { retry_at: "" },
              // The first start counts: a later worker goes on with the same job.
              $min: { started_at: now },
              $inc: { attempts: 1 },
            },
            { returnDocument: "after" },
          ),
        );
      } catch (error) {
        if (isDuplicateOf(error, "slot")) return null;
        throw error;
      }
    },

    reclaim: ({ generationId, owner, now, leaseUntil }) =>
      generations.run((collection) =>
        collection.findOneAndUpdate(
          { _id: generationId, status: "processing", "lease.until": { $lte: now } },
          { $set: { lease: { owner, until: leaseUntil }, updated_at: now }, $inc: { attempts: 1 } },
          { returnDocument: "after" },
        ),
      ),

    renew: async ({ generationId, owner, leaseUntil, progress, now }) => {
      const result = await generations.run((collection) =>
        collection.updateOne(ownedBy(generationId, owner), {
          $set: { "lease.until": leaseUntil, updated_at: now },
          ...(progress === undefined ? {} : { $max: { progress } }),
        }),
      );
      return result.matchedCount === 1;
    },

    findByPrediction: (predictionId) =>
      generations.run((collection) => collection.findOne({ replicate_prediction_id: predictionId })),

    adoptPrediction: async ({ generationId, provider, predictionId, now }) => {
      try {
        const result = await generations.run((collection) =>
          collection.updateOne(
            {
              _id: generationId,
              provider,
              status: { $in: ["pending", "processing"] },
              replicate_prediction_id: { $exists: false },
            },
            { $set: { replicate_prediction_id: predictionId, updated_at: now } },
          ),
        );
        return result.matchedCount === 1;
      } catch (error) {
        if (isDuplicateOf(error, "replicate_prediction_id")) return false;
        throw error;
      }
    },

    setPrediction: async ({ generationId, owner, predictionId, version, now }) => {
      const result = await generations.run((collection) =>
        collection.updateOne(ownedBy(generationId, owner), {
          $set: {
            replicate_prediction_id: predictionId,
            ...(version === undefined ? {} : { replicate_version: version }),
            updated_at: now,
          },
        }),
      );
      return result.matchedCount === 1;
    },

    complete: ({ generationId, owner, imageIds, blobUrls, resultUrls, conversationId, messageId, now }) =>
      generations.run((collection) =>
        collection.findOneAndUpdate(
          ownedBy(generationId, owner),
          ending(now, {
            status: "completed",
            progress: 1,
            image_ids: imageIds,
            blob_urls: blobUrls,
            result_urls: resultUrls,
            conversation_id: conversationId,
            message_id: messageId,
          }),
          { returnDocument: "after" },
        ),
      ),

    release: async ({ generationId, owner, forgetPrediction, isUncounted, retryAt, now }) => {
      const result = await generations.run((collection) =>
        collection.updateOne(ownedBy(generationId, owner), {
          $set: { status: "pending", retry_at: retryAt, updated_at: now },
          $unset: {
            lease: "",
            slot: "",
            enqueued_at: "",
            ...(forgetPrediction ? { replicate_prediction_id: "" as const } : {}),
          },
          ...(isUncounted ? { $inc: { attempts: -1 } } : {}),
        }),
      );
      return result.matchedCount === 1;
    },

    fail: ({ generationId, owner, lapsedAt, errorCode, errorMessage, expiresAt, now }) =>
      generations.run((collection) =>
        collection.findOneAndUpdate(
          {
            _id: generationId,
            status: owner === undefined && lapsedAt === undefined ? { $in: ["pending", "processing"] } : "processing",
            ...(owner === undefined ? {} : { "lease.owner": owner }),
            ...(lapsedAt === undefined ? {} : { "lease.until": { $lt: lapsedAt } }),
          },
          ending(now, {
            status: "failed",
            error_code: errorCode,
            error_message: errorMessage,
            expires_at: expiresAt,
          }),
          { returnDocument: "after" },
        ),
      ),

    cancel: ({ userId, generationId, now }) =>
      generations.run((collection) =>
        collection.findOneAndUpdate(
          { _id: generationId, user_id: userId, status: { $in: ["pending", "processing"] } },
          ending(now, { status: "cancelled" }),
          { returnDocument: "after" },
        ),
      ),

    remove: async ({ userId, generationId }) => {
      await generations.run((collection) =>
        collection.deleteOne({
          _id: generationId,
          user_id: userId,
          status: { $in: [...endedStatuses] },
          is_open: { $exists: false },
        }),
      );
    },

    markClosed: async (generationId) => {
      await generations.run((collection) =>
        collection.updateOne({ _id: generationId, status: { $in: [...endedStatuses] } }, { $unset: { is_open: "" } }),
      );
    },

    findWaitingUsers: async ({ neverBefore, lastBefore, limit }) => {
      const found = await generations.run((collection) =>
        collection
          .aggregate<{ _id: string }>([
            {
              $match: {
                is_open: true,
                status: "pending",
                // A job is enqueued after it is made, so both branches lie in this range of the index.
                created_at: { $lt: new Date(Math.max(neverBefore.getTime(), lastBefore.getTime())) },
                $or: [
                  { enqueued_at: { $exists: false }, created_at: { $lt: neverBefore } },
                  { enqueued_at: { $lt: lastBefore } },
                ],
              },
            },
            { $group: { _id: "$user_id", oldest: { $min: "$created_at" } } },
            { $sort: { oldest: 1, _id: 1 } },
            { $limit: limit },
          ])
          .toArray(),
      );
      return found.map(({ _id }) => _id);
    },

    findLapsed: ({ before, limit }) =>
      generations.run((collection) =>
        collection
          .find({ is_open: true, status: "processing", "lease.until": { $lt: before } })
          .sort({ "lease.until": 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),

    findUnclosed: ({ before, limit }) =>
      generations.run((collection) =>
        collection
          .find({ is_open: true, status: { $in: [...endedStatuses] }, updated_at: { $lt: before } })
          .sort({ updated_at: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      ),
  };
}
