import { AppError, isAppError } from "../../domain/errors.ts";
import { failedExpiry, type Generation, isEnded, leaseMs, parseImageSize } from "../../domain/generation.ts";
import { blobUrl } from "../../domain/image.ts";
import type { ImageProvider, ImageRequest, Prediction } from "../../ports/providers.ts";
import { closeGeneration } from "./close-generation.ts";
import { enqueueGeneration } from "./enqueue-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";
import { storePictures } from "./store-pictures.ts";
import { tellProviderToCancel } from "./tell-provider.ts";

/** Tries of a job whose provider fails in a way that may pass. */
const maxAttempts = 4;
/** First pause before another try, in seconds; it doubles each time. */
const firstRetrySeconds = 1;
/** Pause while the database or the storage is away, in seconds. */
const outageRetrySeconds = 10;
/** A worker looks at its job in the database at least this often, in ms: it renews the lease and notices a cancel. */
const renewIntervalMs = 1_000;
/** One invocation works on a job for at most this long, in ms, then another goes on: hosts end functions after 10 min. */
const invocationMs = 8 * 60_000;

type Dependencies = GenerationDependencies & {
  /** After this long a job counts as stuck, in ms. */
  readonly stuckAfterMs: number;
};

/** The job is not this worker's any more: cancelled, or taken over after its lease lapsed. */
class LeaseLost extends Error {}

/** This invocation's time is up; the provider goes on, and another invocation with it. */
class HandOver extends Error {}

/** One claim of a job. */
interface Work {
  readonly generation: Generation;
  readonly owner: string;
  readonly startedAt: number;
}

/**
 * Works on a job: claim → provider → pictures → completion → booking. The same message twice, or two workers at once,
 * make one set of pictures and one charge: only the owner of the lease may write, and what it writes is named by the job.
 * @throws whatever was not foreseen; the queue then delivers the message again
 */
export async function runGeneration(dependencies: Dependencies, input: { generationId: string }): Promise<void> {
  const { generations, clock, ids, logger } = dependencies;
  const now = clock.now();
  const owner = `${ids.instance}:${ids.bare()}`;
  const generation = await generations.claim({
    generationId: input.generationId,
    owner,
    now,
    leaseUntil: new Date(now.getTime() + leaseMs),
  });
  if (generation === null) return closeIfEnded(dependencies, input.generationId);
  const work: Work = { generation, owner, startedAt: now.getTime() };
  try {
    await makePictures(dependencies, work);
    logger.info({ generationId: generation._id, provider: generation.provider }, "generation completed");
  } catch (error) {
    await handleFailure(dependencies, work, error);
  }
}

/** A message for a job that is not to be had: a repeat, a cancelled job, or one that another worker has. */
async function closeIfEnded(dependencies: Dependencies, generationId: string): Promise<void> {
  const generation = await dependencies.generations.findById(generationId);
  if (generation === null) {
    dependencies.logger.warn({ generationId }, "queue message for a generation that does not exist");
    return;
  }
  if (isEnded(generation.status) && generation.is_open) await closeGeneration(dependencies, generation);
}

async function makePictures(dependencies: Dependencies, work: Work): Promise<void> {
  const { generations, ids, clock } = dependencies;
  const { generation, owner } = work;
  const provider = await (await dependencies.providers()).imageProvider(generation.provider);
  const request = toRequest(generation);
  const abort = new AbortController();
  const prediction = await waitForPrediction(dependencies, work, provider, request, abort.signal);
  const images = await storePictures(dependencies, {
    generation,
    provider,
    request,
    prediction,
    signal: abort.signal,
    keepLease: () => keepLease(dependencies, work, 1),
  });
  const now = clock.now();
  const completed = await generations.complete({
    generationId: generation._id,
    owner,
    imageIds: images.map((image) => image._id),
    blobUrls: images.flatMap((image) => blobUrl(image.copies) ?? []),
    resultUrls: prediction.outputs.filter((output) => output.startsWith("http")),
    conversationId: generation.conversation_id ?? `conv_${generation._id.replace(/^gen_/, "")}`,
    messageId: ids.next("msg"),
    now,
  });
  if (completed === null) throw new LeaseLost();
  await closeGeneration(dependencies, completed);
}

function toRequest(generation: Generation): ImageRequest {
  return {
    generationId: generation._id,
    model: generation.model_type,
    prompt: generation.prompt,
    negativePrompt: generation.negative_prompt,
    ...parseImageSize(generation.image_size),
    numImages: generation.num_images,
    guidanceScale: generation.guidance_scale,
    numInferenceSteps: generation.num_inference_steps,
    seed: generation.seed,
    initImage: null,
    denoisingStrength: generation.denoising_strength ?? null,
  };
}

/**
 * The provider's finished job: the one that an earlier worker began, or a new one.
 * @throws AppError what the provider failed with; LeaseLost, HandOver
 */
async function waitForPrediction(
  dependencies: Dependencies,
  work: Work,
  provider: ImageProvider,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<Prediction> {
  const { generations, clock } = dependencies;
  const { generation, owner } = work;
  const known = generation.replicate_prediction_id;
  let prediction =
    known === undefined ? await provider.create(request, signal) : await provider.get(known, request, signal);
  if (known === undefined) {
    const predictionId = prediction.id;
    const isOurs = await generations.setPrediction({
      generationId: generation._id,
      owner,
      predictionId,
      now: clock.now(),
    });
    if (!isOurs) {
      await provider.cancel(predictionId);
      throw new LeaseLost();
    }
  }
  let renewedAt = clock.now().getTime();
  let toldProgress = generation.progress;
  while (prediction.status === "running") {
    await clock.sleep(provider.pollIntervalMs);
    prediction = await provider.get(prediction.id, request, signal);
    const now = clock.now().getTime();
    if (prediction.progress > toldProgress || now - renewedAt >= renewIntervalMs) {
      await keepLease(dependencies, work, prediction.progress);
      renewedAt = now;
      toldProgress = prediction.progress;
    }
    refuseToWaitForEver(dependencies, work, now);
  }
  if (prediction.status === "succeeded") return prediction;
  throw predictionFailure(prediction);
}

/** @throws LeaseLost */
async function keepLease({ generations, clock }: Dependencies, work: Work, progress: number): Promise<void> {
  const now = clock.now();
  const isOurs = await generations.renew({
    generationId: work.generation._id,
    owner: work.owner,
    leaseUntil: new Date(now.getTime() + leaseMs),
    progress,
    now,
  });
  if (!isOurs) throw new LeaseLost();
}

function refuseToWaitForEver({ stuckAfterMs }: Dependencies, work: Work, now: number): void {
  const jobStartedAt = work.generation.started_at?.getTime() ?? work.startedAt;
  if (now - jobStartedAt > stuckAfterMs) throw new JobFailure("timed_out", "The generation took too long.");
  if (now - work.startedAt > invocationMs) throw new HandOver();
}

/** A job's end in failure, with the code that its document keeps. */
class JobFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function predictionFailure(prediction: Prediction): Error {
  const error = prediction.error;
  if (error === undefined) return new AppError("provider_failed", { detail: "The provider gave the job up." });
  if (error.code === "content_filter") return new JobFailure(error.code, error.message);
  return new AppError(error.code, { detail: error.message, isRetryable: error.isRetryable });
}

async function handleFailure(dependencies: Dependencies, work: Work, error: unknown): Promise<void> {
  const { generation } = work;
  if (error instanceof LeaseLost) return leave(dependencies, generation._id);
  if (error instanceof HandOver) return tryAgain(dependencies, work, { delaySeconds: 0, forgetPrediction: false });
  if (error instanceof JobFailure) return failJob(dependencies, work, error.code, error.message);
  if (!isAppError(error)) throw error;
  if (error.code === "unavailable") {
    // A part of ours is away: no fault of the job, so it waits for as long as a job may take.
    const isTooOld = dependencies.clock.now().getTime() - generation.created_at.getTime() > dependencies.stuckAfterMs;
    if (!isTooOld) return tryAgain(dependencies, work, { delaySeconds: outageRetrySeconds, forgetPrediction: false });
  }
  if (error.isRetryable && generation.attempts < maxAttempts) {
    const delaySeconds = firstRetrySeconds * 2 ** (generation.attempts - 1);
    dependencies.logger.warn(
      { generationId: generation._id, code: error.code, delaySeconds },
      "generation will be tried again",
    );
    return tryAgain(dependencies, work, { delaySeconds, forgetPrediction: true });
  }
  return failJob(dependencies, work, error.code, error.message);
}

/** A cancelled job's prediction is ended; a job that another worker has is left to it. */
async function leave(dependencies: Dependencies, generationId: string): Promise<void> {
  const current = await dependencies.generations.findById(generationId);
  if (current?.status === "cancelled") await tellProviderToCancel(dependencies, current);
}

async function tryAgain(
  dependencies: Dependencies,
  { generation, owner }: Work,
  options: { delaySeconds: number; forgetPrediction: boolean },
): Promise<void> {
  const isReleased = await dependencies.generations.release({
    generationId: generation._id,
    owner,
    forgetPrediction: options.forgetPrediction,
    now: dependencies.clock.now(),
  });
  if (isReleased) await enqueueGeneration(dependencies, generation._id, { delaySeconds: options.delaySeconds });
}

async function failJob(
  dependencies: Dependencies,
  { generation, owner }: Work,
  errorCode: string,
  errorMessage: string,
): Promise<void> {
  const now = dependencies.clock.now();
  const failed = await dependencies.generations.fail({
    generationId: generation._id,
    owner,
    errorCode,
    errorMessage,
    expiresAt: failedExpiry(now),
    now,
  });
  dependencies.logger.warn({ generationId: generation._id, errorCode }, "generation failed");
  if (failed === null) return;
  await closeGeneration(dependencies, failed);
  if (errorCode === "timed_out") await tellProviderToCancel(dependencies, failed);
}
