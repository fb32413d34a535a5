import { AppError } from "../domain/errors.ts";
import type { Clock, Logger } from "../ports/platform.ts";
import type { WebhookEvents } from "../ports/webhook-events.ts";

/**
 * How long one event may take before another delivery of it may try. In ms. What events do is safe to do twice at once, so
 * one that takes longer does no harm.
 */
const lockMs = 7_000;
/** How long a delivery waits for another one of the same event: until the lock of one that died is over. In ms. */
const patienceMs = 8_000;
const pollMs = 60;
const retentionMs = 30 * 86_400_000;

interface Dependencies {
  readonly webhookEvents: WebhookEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Processes an event that a provider delivered, unless another delivery of it did. After a failure the next delivery
 * tries again.
 * @returns false when it was processed before
 * @throws AppError `conflict` when another delivery takes too long with it; whatever `process` does
 */
export async function processEventOnce(
  dependencies: Dependencies,
  event: { readonly id: string; readonly source: string },
  process: () => Promise<void>,
): Promise<boolean> {
  if (!(await mayProcess(dependencies, event))) return false;
  const { webhookEvents, logger } = dependencies;
  try {
    await process();
  } catch (error) {
    await webhookEvents
      .release(event.id)
      .catch((cause: unknown) =>
        logger.warn({ error: cause, eventId: event.id }, "event not released; its lock will lapse"),
      );
    throw error;
  }
  await webhookEvents.complete(event.id);
  return true;
}

async function mayProcess(
  { webhookEvents, clock }: Dependencies,
  { id, source }: { readonly id: string; readonly source: string },
): Promise<boolean> {
  const until = clock.now().getTime() + patienceMs;
  for (;;) {
    const now = clock.now();
    const outcome = await webhookEvents.start({
      id,
      source,
      now,
      lockedUntil: new Date(now.getTime() + lockMs),
      expiresAt: new Date(now.getTime() + retentionMs),
    });
    if (outcome !== "running") return outcome === "started";
    // An answer of 200 would be wrong if the other one fails, and the provider would never send it again.
    if (now.getTime() > until) throw new AppError("conflict", { detail: "Another delivery is being processed." });
    await clock.sleep(pollMs);
  }
}
