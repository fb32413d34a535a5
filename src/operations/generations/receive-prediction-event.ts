import { AppError, invalidField } from "../../domain/errors.ts";
import { type Generation, isEnded } from "../../domain/generation.ts";
import type { WebhookEvents, WebhookVerifier } from "../../ports/webhook-events.ts";
import { predictionEventSchema } from "../../schemas/prediction-event.ts";
import { processEventOnce } from "../process-event.ts";
import { enqueueGeneration } from "./enqueue-generation.ts";
import type { GenerationDependencies } from "./generation-dependencies.ts";

const providerName = "replicate";
/** Predictions that brought nothing: going on with them is of no use. */
const wastedStatuses: readonly string[] = ["failed", "canceled", "aborted"];

type Dependencies = Pick<GenerationDependencies, "generations" | "generationQueue" | "clock" | "logger"> & {
  readonly webhookEvents: WebhookEvents;
  /** Null where no secret is configured. */
  readonly replicateWebhooks: WebhookVerifier | null;
};

/**
 * One delivery of Replicate's webhook. Of its body no more than the ids is believed: the job is woken, and its worker
 * reads the prediction from Replicate. An event about an unknown prediction is fine, since not all are Muse's.
 * @param input.generationId what the webhook's address names: how a prediction finds its job whose id nobody stored
 * @throws AppError `not_found` where no secret is configured; `unauthenticated` without a signature,
 * `invalid_credentials` with a wrong or an old one; `validation_failed`
 */
export async function receivePredictionEvent(
  dependencies: Dependencies,
  input: {
    body: Uint8Array;
    id: string | null;
    timestamp: string | null;
    signature: string | null;
    generationId: string | undefined;
  },
): Promise<{ received: true }> {
  const { replicateWebhooks } = dependencies;
  const { body, id, timestamp, signature, generationId } = input;
  if (replicateWebhooks === null)
    throw new AppError("not_found", { detail: "No webhook of Replicate is set up here." });
  if (id === null || timestamp === null || signature === null) {
    throw new AppError("unauthenticated", {
      detail: "The event is not signed: webhook-id, webhook-timestamp and webhook-signature are needed.",
    });
  }
  if (!(await replicateWebhooks.verify({ id, timestamp, signature, body }))) {
    throw new AppError("invalid_credentials", { detail: "The event's signature is wrong, or it is too old." });
  }
  const event = readEvent(body);
  await processEventOnce(dependencies, { id, source: providerName }, async () => {
    const generation = await findJob(dependencies, { ...event, generationId });
    if (generation === null) {
      dependencies.logger.info({ predictionId: event.predictionId }, "event about a prediction that no job waits for");
      return;
    }
    await wake(dependencies, generation);
  });
  return { received: true };
}

function readEvent(body: Uint8Array): { predictionId: string; status: string } {
  const read = predictionEventSchema.safeParse(parsed(body));
  if (!read.success) throw invalidField("id", "is missing: the body must be a prediction");
  return { predictionId: read.data.id, status: read.data.status };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new AppError("malformed_json", { cause });
  }
}

/** The job that has the prediction, or the one that began it and never learnt its id. */
async function findJob(
  { generations, clock, logger }: Dependencies,
  event: { predictionId: string; status: string; generationId: string | undefined },
): Promise<Generation | null> {
  const { predictionId, status, generationId } = event;
  const found = await generations.findByPrediction(predictionId);
  if (found !== null || generationId === undefined || wastedStatuses.includes(status)) return found;
  const isAdopted = await generations.adoptPrediction({
    generationId,
    provider: providerName,
    predictionId,
    now: clock.now(),
  });
  if (!isAdopted) return null;
  logger.info({ generationId, predictionId }, "prediction found its job by the webhook");
  return generations.findById(generationId);
}

/**
 * Lets a worker look at the prediction. One that has the job looks every moment anyway; should it have died, another one
 * gets the job as soon as the lease lapses.
 */
async function wake(dependencies: Dependencies, generation: Generation): Promise<void> {
  if (isEnded(generation.status)) return;
  const leaseEndsInMs = (generation.lease?.until.getTime() ?? 0) - dependencies.clock.now().getTime();
  await enqueueGeneration(dependencies, generation._id, {
    delaySeconds: Math.max(0, Math.ceil(leaseEndsInMs / 1_000)),
  });
}
