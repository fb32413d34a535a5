import type { Message } from "../../domain/message.ts";
import { repairPath } from "./branches.ts";
import { bookAnswer } from "./credit-meter.ts";
import type { TurnDependencies } from "./turn.ts";

/**
 * Books an ended turn: the hold ends, the ledger gets its entry, the conversation its totals. Every step does nothing the
 * second time, so a turn that was booked halfway when its process died is simply booked again.
 */
export async function settleTurn(
  {
    users,
    ledger,
    conversations,
    messages,
    clock,
  }: Pick<TurnDependencies, "users" | "ledger" | "conversations" | "messages" | "clock">,
  message: Message,
): Promise<void> {
  const { settlement } = message;
  if (settlement === undefined) return;
  const now = clock.now();
  await Promise.all([
    bookAnswer(
      { users, ledger },
      {
        userId: message.user_id,
        resourceId: message._id,
        costCredits: settlement.cost_credits,
        tokens: settlement.tokens,
        model: message.metadata.model,
        now,
      },
    ),
    conversations.addTurn({
      conversationId: message.conversation_id,
      turnId: message._id,
      messages: message.message_delta ?? 0,
      tokens: settlement.tokens,
      costUsd: settlement.cost_usd,
      now: message.updated_at,
    }),
  ]);
  if (message.branch_id !== undefined) {
    // The path was changed when the turn began, unless its process died right then.
    await repairPath({ messages, conversations, clock }, message, message.branch_id);
  }
  await messages.markSettled(message._id);
}
