import { openEnvelope } from "../domain/queue-envelope.ts";
import type { Clock } from "../ports/platform.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** The host moves what it gave up into a queue of this name. */
const poisonSuffix = "-poison";

/**
 * Works on one queue message, in the trace of whoever sent it.
 * @throws what the job threw; the host then delivers the message again
 */
export async function runQueueJob(
  { telemetry, clock }: { readonly telemetry: Telemetry; readonly clock: Clock },
  input: { queueName: string; message: unknown; job: (body: unknown) => Promise<void> },
): Promise<void> {
  const { queueName } = input;
  const { body, traceparent, dueAt } = openEnvelope(input.message);
  if (queueName.endsWith(poisonSuffix)) {
    telemetry.count("muse.queue.poison", 1, { queue: queueName.slice(0, -poisonSuffix.length) });
  } else if (dueAt !== undefined) {
    const ageMs = clock.now().getTime() - dueAt.getTime();
    telemetry.observe("muse.queue.message_age", Math.max(0, ageMs) / 1_000, { queue: queueName });
  }
  await telemetry.span(
    {
      name: `process ${queueName}`,
      kind: "consumer",
      parent: traceparent,
      attributes: {
        "messaging.system": "azure_storage_queue",
        "messaging.destination.name": queueName,
        "messaging.operation.type": "process",
      },
    },
    () => input.job(body),
  );
}
