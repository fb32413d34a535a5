import { AppError, isAppError } from "../../domain/errors.ts";
import { failedExpiry, type Generation, isEnded } from "../../domain/generation.ts";
import { blobUrl } from "../../domain/image.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import { closeGeneration, removePictures, removeStrays } from "./close-generation.ts";
import { enqueueGeneration } from "./enqueue-generation.ts";
import { findLostPrediction } from "./find-lost-prediction.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { toImageRequest } from "./image-request.ts";
import { HandOver, JobFailure, LeaseLost, PredictionFailed, predictionFailure } from "./job-failure.ts";
import { holdJobLease, type JobLease } from "./job-lease.ts";
import { startWaiting } from "./start-waiting.ts";
import { storePictures } from "./store-pictures.ts";
import { takeJob, type Work } from "./take-job.ts";
import { tellProviderToCancel } from "./tell-provider.ts";

/** Tries of a job that fails in a way that may pass. */
const maxAttempts = 4;
/** Claims of a job, those included whose worker died: a job that kills its workers must not go round for ever. */
const maxClaims = 8;
/** First pause before another try, in seconds; it doubles each time. */
const firstRetrySeconds = 1;
/** A provider that asks for more patience than this is asked again after it all the same, in seconds. */
const maxRetrySeconds = 300;
/** Pause while the database, the storage or the provider is away, in seconds. */
const outageRetrySeconds = 10;
/** How long the request that begins a paid job may go on after its job was cancelled, in ms. */
const lateCreateMs = 60_000;

type Dependencies = GenerationDependencies & {
  /** After this long a job counts as stuck, in ms. */
  readonly stuckAfterMs: number;
};

/**
 * Works on a job: claim → provider → pictures → completion → booking. The same message twice, or two workers at once,
 * make one set of pictures and one charge: only the owner of the lease may write, and what it writes is named by the job.
 * @param input.generationId what the queue message names; the job may be an older one of the same user
 * @throws AppError `unavailable` when not even the job's state could be read or written
 */
export async function runGeneration(dependencies: Dependencies, input: { generationId: string }): Promise<void> {
  const work = await takeJob(dependencies, input);
  if (work === null) return;
  const lease = holdJobLease(dependencies, work);
  let completed: Generation;
  try {
    if (work.generation.attempts > maxClaims) {
      throw new JobFailure("internal", "The generation could not be carried out.");
    }
    completed = await makePictures(dependencies, work, lease);
  } catch (error) {
    // What a call that was cut off says is of no interest; why it was cut off is.
    return await handleFailure(dependencies, work, lease.signal.aborted ? lease.signal.reason : error);
  } finally {
    lease.stop();
  }
  await closeGeneration(dependencies, completed);
  dependencies.logger.info({ generationId: completed._id, provider: completed.provider }, "generation completed");
}

/** @returns the job, completed but not yet booked */
async function makePictures(dependencies: Dependencies, work: Work, lease: JobLease): Promise<Generation> {
  const { generations, ids, clock } = dependencies;
  const { generation, owner } = work;
  const provider = await (await dependencies.providers()).imageProvider(generation.provider);
  const request = await lease.during(toImageRequest(dependencies, generation));
  const prediction = await finishedPrediction(dependencies, { work, lease, provider, request });
  // Waited for to its end, also when the job is cancelled meanwhile: what it stored last has to be known to be removed.
  const images = await storePictures(dependencies, {
    generation,
    provider,
    request,
    prediction,
    signal: lease.signal,
    keepLease: async () => lease.signal.throwIfAborted(),
  });
  const messageId = ids.next("msg");
  const completed = await lease.throughOutage(() =>
    generations.complete({
      generationId: generation._id,
      owner,
      imageIds: images.map((image) => image._id),
      blobUrls: images.flatMap((image) => blobUrl(image.copies) ?? []),
      resultUrls: prediction.outputs.filter((output) => output.startsWith("http")),
      conversationId: generation.conversation_id ?? `conv_${generation._id.replace(/^gen_/, "")}`,
      messageId,
      now: clock.now(),
    }),
  );
  if (completed !== null) return completed;
  // An answer that got lost on its way may have completed it all the same.
  const current = await generations.findById(generation._id);
  if (current?.status !== "completed" || current.message_id !== messageId) throw new LeaseLost();
  return current;
}

interface ProviderWork {
  readonly work: Work;
  readonly lease: JobLease;
  readonly provider: ImageProvider;
  readonly request: ImageRequest;
}

/**
 * The provider's finished job: the one that an earlier worker began, or a new one.
 * @throws what the provider failed with, or the lease's reason
 */
async function finishedPrediction(dependencies: Dependencies, input: ProviderWork): Promise<Prediction> {
  const { work, lease, provider, request } = input;
  const known = work.generation.replicate_prediction_id;
  let prediction =
    known === undefined
      ? await beginPrediction(dependencies, input)
      : await lease.during(provider.get(known, request, lease.signal));
  while (prediction.status === "running") {
    lease.report(prediction.progress);
    await dependencies.clock.sleep(provider.pollIntervalMs, lease.signal);
    prediction = await lease.during(provider.get(prediction.id, request, lease.signal));
  }
  if (prediction.status !== "succeeded") throw predictionFailure(prediction);
  lease.report(prediction.progress);
  return prediction;
}

/** Creates the provider's job and stores its id before anything else, so that whoever goes on finds it. */
async function beginPrediction(
  dependencies: Dependencies,
  { work, lease, provider, request }: ProviderWork,
): Promise<Prediction> {
  const { generations, clock, logger } = dependencies;
  const generationId = work.generation._id;
  const lost = await lease.during(
    findLostPrediction(dependencies, { generation: work.generation, provider, request, signal: lease.signal }),
  );
  // Where a lost job has to be paid all the same, a request that is under way is not cut off: its answer has the id that
  // ends it.
  const isPaid = provider.findCreated !== undefined;
  const createSignal = isPaid ? AbortSignal.timeout(lateCreateMs) : lease.signal;
  const creating = lost === null ? provider.create(request, createSignal) : Promise.resolve(lost);
  const abandon = async () => {
    try {
      const { id } = await creating;
      const [owner, current] = await Promise.all([
        generations.findByPrediction(id),
        generations.findById(generationId),
      ]);
      // By a webhook, or by a worker that found it, the job may have it all the same, or is about to.
      const mayBeFound = isPaid && current !== null && !isEnded(current.status);
      if (owner === null && !mayBeFound) await provider.cancel(id);
    } catch (error) {
      logger.debug({ error, generationId }, "nothing to cancel at the provider");
    }
  };
  try {
    const prediction = await lease.during(creating);
    const isOurs = await lease.throughOutage(() =>
      generations.setPrediction({
        generationId,
        owner: work.owner,
        predictionId: prediction.id,
        version: prediction.version,
        now: clock.now(),
      }),
    );
    if (!isOurs) throw new LeaseLost();
    return prediction;
  } catch (error) {
    // Made or about to be made, and nobody will ever ask after it.
    void abandon();
    throw error;
  }
}

async function handleFailure(dependencies: Dependencies, work: Work, error: unknown): Promise<void> {
  const { generation } = work;
  if (error instanceof LeaseLost) return leave(dependencies, generation);
  if (error instanceof HandOver) return tryAgain(dependencies, work, { isUncounted: true });
  if (error instanceof JobFailure) return failJob(dependencies, work, error);
  const isPredictionOver = error instanceof PredictionFailed;
  const failure = isPredictionOver ? error.failure : asAppError(dependencies, work, error);
  if (failure.code === "unavailable" && !isTooOld(dependencies, work)) {
    // A part of ours or the provider as a whole is away: no fault of the job, so it waits for as long as a job may take.
    const delaySeconds = Math.min(failure.retryAfterSeconds ?? outageRetrySeconds, outageRetrySeconds);
    return tryAgain(dependencies, work, { delaySeconds, isUncounted: true });
  }
  if (!failure.isRetryable || generation.attempts >= maxAttempts) return failJob(dependencies, work, failure);
  const backOffSeconds = firstRetrySeconds * 2 ** (generation.attempts - 1);
  const delaySeconds = Math.min(Math.max(backOffSeconds, failure.retryAfterSeconds ?? 0), maxRetrySeconds);
  dependencies.logger.warn(
    { generationId: generation._id, code: failure.code, delaySeconds },
    "generation will be tried again",
  );
  return tryAgain(dependencies, work, { delaySeconds, forgetPrediction: isPredictionOver });
}

/** What nobody foresaw may be a passing state of this process as well as a defect, so it is tried again a few times. */
function asAppError({ logger }: Dependencies, { generation }: Work, error: unknown): AppError {
  if (isAppError(error)) return error;
  logger.error({ error, generationId: generation._id }, "generation met an unforeseen failure");
  return new AppError("internal", {
    detail: "The generation could not be carried out.",
    isRetryable: true,
    cause: error,
  });
}

function isTooOld({ clock, stuckAfterMs }: Dependencies, { generation, startedAt }: Work): boolean {
  return clock.now().getTime() - (generation.started_at ?? startedAt).getTime() > stuckAfterMs;
}

/** Of a job that was ended or deleted meanwhile nothing stays, here and at the provider; one that another worker has is left to it. */
async function leave(dependencies: Dependencies, generation: Generation): Promise<void> {
  const current = await dependencies.generations.findById(generation._id);
  if (current?.status === "completed") return removeStrays(dependencies, current);
  const isGone = current === null || current.status === "cancelled" || current.status === "failed";
  if (!isGone) return;
  await Promise.all([
    tellProviderToCancel(dependencies, current ?? generation),
    removePictures(dependencies, current ?? generation),
  ]);
}

async function tryAgain(
  dependencies: Dependencies,
  { generation, owner }: Work,
  options: { delaySeconds?: number; forgetPrediction?: boolean; isUncounted?: boolean },
): Promise<void> {
  const { generations, clock } = dependencies;
  const { delaySeconds = 0, forgetPrediction = false, isUncounted = false } = options;
  const now = clock.now();
  const isReleased = await generations.release({
    generationId: generation._id,
    owner,
    forgetPrediction,
    isUncounted,
    retryAt: new Date(now.getTime() + delaySeconds * 1_000),
    now,
  });
  if (!isReleased) return leave(dependencies, generation);
  await enqueueGeneration(dependencies, generation._id, { delaySeconds });
  // While this one pauses, its place is free for the next.
  await startWaiting(dependencies, { userId: generation.user_id });
}

async function failJob(
  dependencies: Dependencies,
  { generation, owner }: Work,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const now = dependencies.clock.now();
  const failed = await dependencies.generations.fail({
    generationId: generation._id,
    owner,
    errorCode: code,
    errorMessage: message,
    expiresAt: failedExpiry(now),
    now,
  });
  dependencies.logger.warn({ generationId: generation._id, errorCode: code }, "generation failed");
  if (failed === null) return leave(dependencies, generation);
  await Promise.all([closeGeneration(dependencies, failed), tellProviderToCancel(dependencies, failed)]);
}
