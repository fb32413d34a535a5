import { isAppError } from "../../domain/errors.ts";
import type { Generation } from "../../domain/generation.ts";
import { deliveryLeaseMs, deliveryTimeoutMs, retryPauseSeconds, signingVersions } from "../../domain/webhook.ts";
import { generationMessageSchema } from "../../schemas/generations.ts";
import { closeGeneration } from "../generations/close-generation.ts";
import type { GenerationDependencies } from "../generations/generation-dependencies.ts";
import { toGenerationJson } from "../generations/generation-json.ts";

/** Bytes of an answer that nobody reads. */
const maxAnswerBytes = 65_536;
/** How long a message waits while the database is away, in seconds. */
const outageDelaySeconds = 10;
/** The clocks of the queue and of this machine may differ by this much, in ms. */
const clockToleranceMs = 2_000;
/** The receiver asks never to be told again. Source: Standard Webhooks, "Operational considerations". */
const gone = 410;

/**
 * Takes one message of the queue of webhooks. What goes wrong at the receiver never makes the host count a delivery:
 * tries are counted and timed in the job's document, and what is lost the timer `requeue-lost-jobs` sends again.
 */
export async function receiveWebhook(dependencies: GenerationDependencies, message: unknown): Promise<void> {
  const { webhookQueue, logger } = dependencies;
  const parsed = generationMessageSchema.safeParse(message);
  if (!parsed.success) {
    logger.error({ issues: parsed.error.issues }, "a message of the queue of webhooks could not be read");
    return;
  }
  const generationId = parsed.data.generation_id;
  try {
    await deliverWebhook(dependencies, { generationId });
  } catch (error) {
    if (!isAppError(error) || error.code !== "unavailable") throw error;
    await webhookQueue.send({ generationId, delaySeconds: outageDelaySeconds });
  }
}

/** Tells the receiver of a job's end, if it is due, or plans the next try. Two workers at once tell it once. */
async function deliverWebhook(dependencies: GenerationDependencies, input: { generationId: string }): Promise<void> {
  const { generationWebhooks, webhookQueue, clock, logger } = dependencies;
  const { generationId } = input;
  const now = clock.now().getTime();
  const generation = await generationWebhooks.claim({
    generationId,
    dueBefore: new Date(now + clockToleranceMs),
    leaseUntil: new Date(now + deliveryLeaseMs),
  });
  if (generation?.webhook_url === undefined || generation.webhook === undefined) return;
  // The receiver may come back for the pictures at once, so everything is booked before it is told.
  if (generation.is_open) await closeGeneration(dependencies, generation);
  const { outcome, isDelivered, isFinal } = await post(dependencies, generation, generation.webhook_url);
  const { attempts } = generation.webhook;
  const pauseSeconds = isFinal ? null : retryPauseSeconds(attempts, Math.random());
  if (isDelivered || pauseSeconds === null) {
    logger.info({ generationId, attempts, outcome, isDelivered }, "webhook ended");
    return generationWebhooks.end({ generationId, outcome, deliveredAt: isDelivered ? clock.now() : null });
  }
  logger.warn({ generationId, attempts, outcome, pauseSeconds }, "webhook will be tried again");
  const dueAt = new Date(clock.now().getTime() + pauseSeconds * 1_000);
  await generationWebhooks.postpone({ generationId, outcome, dueAt });
  await webhookQueue.send({ generationId, delaySeconds: pauseSeconds });
}

interface Delivery {
  /** For the document and the log: a status, or why there was none. */
  readonly outcome: string;
  readonly isDelivered: boolean;
  /** Another try is of no use. */
  readonly isFinal: boolean;
}

/** Redirects are not followed: a receiver is where its owner said it is. */
async function post(dependencies: GenerationDependencies, generation: Generation, url: string): Promise<Delivery> {
  const { guardedHttp, webhookSigner, webhookSecrets, clock } = dependencies;
  const { _id: generationId, user_id: userId } = generation;
  const { is_open: _closedByNow, ...closed } = generation;
  const body = JSON.stringify(await toGenerationJson(dependencies, closed));
  const now = clock.now();
  const versions = signingVersions(await webhookSecrets.find(userId), now);
  const headers = webhookSigner.sign({ userId, versions, messageId: `whm_${generationId}`, now, body });
  try {
    const { status } = await guardedHttp.fetchPublic({
      url,
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      maxBytes: maxAnswerBytes,
      timeoutMs: deliveryTimeoutMs,
    });
    const isDelivered = status >= 200 && status < 300;
    return { outcome: `status ${status}`, isDelivered, isFinal: isDelivered || status === gone };
  } catch (error) {
    if (!isAppError(error)) throw error;
    // It answered, if only at too great a length.
    const isDelivered = error.code === "payload_too_large";
    return { outcome: error.detail ?? error.code, isDelivered, isFinal: isDelivered || !error.isRetryable };
  }
}
