import type { Clock } from "../../ports/platform.ts";
import type { QueueBacklog } from "../../ports/storage.ts";
import type { Telemetry } from "../../ports/telemetry.ts";

interface Dependencies {
  readonly backlogs: readonly QueueBacklog[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/**
 * Measures what waits in the queues. The age that workers see tells nothing when no worker runs at all; this does. Where
 * nothing is exported, nothing is asked.
 */
export async function measureBacklogs({ backlogs, telemetry, clock }: Dependencies): Promise<{ waiting: number }> {
  if (!telemetry.isOn) return { waiting: 0 };
  const lengths = await Promise.all(
    backlogs.map(async (backlog) => {
      const [{ approximateMessages }, oldest] = await Promise.all([backlog.state(), backlog.oldestInsertedAt()]);
      const ageMs = oldest === null ? 0 : Math.max(0, clock.now().getTime() - oldest.getTime());
      const attributes = { queue: backlog.queueName };
      telemetry.observe("muse.queue.length", approximateMessages, attributes);
      telemetry.observe("muse.queue.oldest_message", ageMs / 1_000, attributes);
      return approximateMessages;
    }),
  );
  return { waiting: lengths.reduce((sum, length) => sum + length, 0) };
}
