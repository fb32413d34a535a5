import type { Message } from "../../domain/message.ts";
import { settleTurn } from "./settle-turn.ts";
import type { TurnDependencies } from "./turn.ts";

/**
 * Ends an answer whose writer is gone: what was stored is kept and costs nothing, since the fault is ours.
 * @returns null when it had ended by itself meanwhile
 */
export async function closeTurn(
  dependencies: Pick<TurnDependencies, "users" | "ledger" | "conversations" | "messages" | "clock">,
  message: Message,
  options: { isStopped: boolean },
): Promise<Message | null> {
  const hasText = message.content !== "";
  const isKept = hasText || options.isStopped;
  const ended = await dependencies.messages.finish({
    messageId: message._id,
    status: isKept ? "complete" : "failed",
    content: message.content,
    isStopped: options.isStopped,
    metadata: {
      finish_reason: isKept ? "interrupted" : "error",
      cost_credits: 0,
      ...(isKept ? {} : { error_code: "internal" }),
    },
    settlement: { cost_credits: 0, tokens: 0, cost_usd: 0 },
    now: dependencies.clock.now(),
  });
  if (ended !== null) await settleTurn(dependencies, ended);
  return ended;
}
