import { AppError } from "../../../domain/errors.ts";
import type { Clock } from "../../../ports/platform.ts";
import type { ImageModel, ImageProvider, ImageRequest, Prediction } from "../../../ports/providers.ts";
import { readDirectives } from "../directives.ts";
import { failureError, givenUpError, predictionError } from "../failures.ts";
import { paintPicture, type StartingPoint } from "../painting/paint.ts";

export const simulatedImageModel: ImageModel = {
  id: "muse-image",
  provider: "simulated",
  providerModel: "muse-image",
  minEdge: 64,
  maxEdge: 2048,
  edgeMultiple: 1,
  sizes: null,
  maxImages: 4,
  maxSteps: 150,
  guidance: { min: 1, max: 20 },
  supportsNegativePrompt: true,
  supportsSeed: true,
  supportsImageInput: true,
  creditsPerImage: 1,
};

const steps = 10;
const defaultStepMs = 100;
const pollIntervalMs = 100;

/** How far a picture goes from the initial one when nobody says; as Stable Diffusion WebUI has it. */
const defaultStrength = 0.75;

/** A job that was told to stall gets this far. */
const stalledStep = 5;

/** How many cancelled jobs a process remembers. */
const maxRemembered = 1_000;

const idPattern = /^sim_([0-9a-z]+)_(.+)$/;
const outputPattern = /^sim:(\d+)$/;

/** @throws AppError `provider_failed` for an id that is not of a job made for this request */
function readStart(predictionId: string, request: ImageRequest): number {
  const [, startedAt, generationId] = idPattern.exec(predictionId) ?? [];
  if (startedAt === undefined || generationId !== request.generationId) {
    throw new AppError("provider_failed", { detail: "The simulated provider knows no such job." });
  }
  return Number.parseInt(startedAt, 36);
}

/**
 * Where a job stands `elapsedMs` after its start. Nothing but the request and the time decides it, so any process can
 * ask after a job that another one started.
 */
function observe(id: string, request: ImageRequest, elapsedMs: number): Prediction {
  const { directives } = readDirectives(request.prompt);
  const stepMs = directives.paceMs ?? defaultStepMs;
  const workedMs = elapsedMs - directives.delayMs;
  const step = workedMs < 0 ? 0 : Math.min(steps, stepMs === 0 ? steps : Math.floor(workedMs / stepMs));
  const failure = directives.failure;
  if (workedMs >= 0 && (failure === "content_filter" || failure === "garbage")) {
    return { id, status: "failed", progress: 0, outputs: [], error: predictionError(failure) };
  }
  if (workedMs >= 0 && directives.failAfter !== undefined && step >= directives.failAfter) {
    const progress = directives.failAfter / steps;
    return { id, status: "failed", progress, outputs: [], error: predictionError("breakdown") };
  }
  if (directives.isStalled) {
    return { id, status: "running", progress: Math.min(step, stalledStep) / steps, outputs: [] };
  }
  if (step < steps) {
    return { id, status: "running", progress: step / steps, outputs: [] };
  }
  const outputs = Array.from({ length: request.numImages }, (_, index) => `sim:${index}`);
  return { id, status: "succeeded", progress: 1, outputs };
}

function isWithinLimits(request: ImageRequest): boolean {
  const { minEdge, maxEdge, maxImages } = simulatedImageModel;
  const edgesFit = [request.width, request.height].every(
    (edge) => Number.isInteger(edge) && edge >= minEdge && edge <= maxEdge,
  );
  return edgesFit && Number.isInteger(request.numImages) && request.numImages >= 1 && request.numImages <= maxImages;
}

/** The initial picture of image-to-image and how much of it is painted over. */
function startingPoint({ initImage, denoisingStrength }: ImageRequest): StartingPoint | null {
  return initImage === null ? null : { bytes: initImage.bytes, strength: denoisingStrength ?? defaultStrength };
}

/** Paints pictures instead of asking a model for them, at the pace of a quick one. */
export function createImageProvider(clock: Clock): ImageProvider {
  /** When each job was cancelled, in ms. */
  const cancelled = new Map<string, number>();

  const create = async (request: ImageRequest, signal: AbortSignal): Promise<Prediction> => {
    const { directives } = readDirectives(request.prompt);
    const { failure } = directives;
    if (failure === "429" || failure === "500" || failure === "timeout") {
      if (directives.delayMs > 0) {
        await clock.sleep(directives.delayMs, signal);
      }
      throw signal.aborted ? givenUpError(signal) : failureError(failure);
    }
    if (signal.aborted) {
      throw givenUpError(signal);
    }
    if (!isWithinLimits(request)) {
      throw new AppError("provider_failed", { detail: "The simulated provider does not make such pictures." });
    }
    const id = `sim_${clock.now().getTime().toString(36)}_${request.generationId}`;
    return observe(id, request, 0);
  };

  const get = async (predictionId: string, request: ImageRequest, signal: AbortSignal): Promise<Prediction> => {
    const startedAt = readStart(predictionId, request);
    if (signal.aborted) {
      throw givenUpError(signal);
    }
    const cancelledAt = cancelled.get(predictionId);
    const prediction = observe(predictionId, request, (cancelledAt ?? clock.now().getTime()) - startedAt);
    return cancelledAt !== undefined && prediction.status === "running"
      ? { ...prediction, status: "cancelled" }
      : prediction;
  };

  const cancel = async (predictionId: string): Promise<void> => {
    if (cancelled.has(predictionId)) {
      return;
    }
    cancelled.set(predictionId, clock.now().getTime());
    const [oldest] = cancelled.keys();
    if (oldest !== undefined && cancelled.size > maxRemembered) {
      cancelled.delete(oldest);
    }
  };

  const download = async (output: string, request: ImageRequest, signal: AbortSignal): Promise<Uint8Array> => {
    const index = Number(outputPattern.exec(output)?.[1] ?? Number.NaN);
    if (!(index < request.numImages && isWithinLimits(request))) {
      throw new AppError("provider_failed", { detail: "The simulated provider has no such picture." });
    }
    const prompt = readDirectives(request.prompt).text;
    const picture = await paintPicture({ ...request, prompt, index, start: startingPoint(request) }, signal);
    if (picture === undefined) {
      throw givenUpError(signal);
    }
    return picture;
  };

  return { name: "simulated", pollIntervalMs, create, get, cancel, download };
}
