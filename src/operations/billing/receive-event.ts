import { AppError } from "../../domain/errors.ts";
import { type EventDependencies, processPaymentEvent } from "./process-payment-event.ts";

/**
 * One delivery of the payment service's webhook: its signature is checked, the event is processed once, and what it is
 * about is read from the service, so that the order of events does not matter.
 * @throws AppError `validation_failed` for a bad signature; `internal` when something failed here, so that it is sent again
 */
export async function receiveEvent(
  dependencies: EventDependencies,
  input: { body: Uint8Array; signature: string | null },
): Promise<{ received: true }> {
  const { payments, clock, logger } = dependencies;
  if (payments === null) throw new AppError("unavailable", { detail: "No payment service is configured." });
  const event = await payments.verifyEvent({ ...input, now: clock.now() });
  if ("refused" in event) {
    throw new AppError("validation_failed", {
      detail: `The event cannot be believed: ${event.refused}.`,
      errors: [{ path: "stripe-signature", message: event.refused }],
    });
  }
  try {
    if (!(await processPaymentEvent(dependencies, payments, event))) return { received: true };
  } catch (error) {
    logger.error({ error, eventId: event.id, eventType: event.type }, "event of the payment service failed");
    throw new AppError("internal", { cause: error, detail: "The event could not be processed. Send it again." });
  }
  logger.info({ eventId: event.id, eventType: event.type }, "event of the payment service processed");
  return { received: true };
}
