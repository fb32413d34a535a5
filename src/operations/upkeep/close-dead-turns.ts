import { closeTurn } from "../chat/close-turn.ts";
import { settleTurn } from "../chat/settle-turn.ts";
import type { TurnDependencies } from "../chat/turn.ts";

/** A writer stores a sign of life every 1.2 s; after this long without one it is gone. In ms. */
const silenceMs = 30_000;
const batchSize = 200;

/** Closes answers whose process died, and books turns that ended but were not booked. Safe to run twice or late. */
export async function closeDeadTurns(
  dependencies: Pick<TurnDependencies, "users" | "ledger" | "conversations" | "messages" | "clock">,
): Promise<{ closed: number; settled: number }> {
  const { messages, clock } = dependencies;
  const before = new Date(clock.now().getTime() - silenceMs);
  let closed = 0;
  for (const message of await messages.findDeadTurns({ before, limit: batchSize })) {
    const isStopped = message.stop_requested_at !== undefined;
    if ((await closeTurn(dependencies, message, { isStopped })) !== null) closed += 1;
  }
  const unsettled = await messages.findUnsettled({ before, limit: batchSize });
  for (const message of unsettled) await settleTurn(dependencies, message);
  return { closed, settled: unsettled.length };
}
