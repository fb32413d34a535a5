import type { Conversations } from "../../ports/conversations.ts";
import type { ConversationJson } from "../../schemas/chat.ts";
import { toConversationJson } from "./conversation-json.ts";
import type { Turn } from "./turn.ts";

/**
 * Reads a turn to its end and gives what its events told, as one object: `user_message` and `message`, and
 * `conversation` when the turn began one, with the totals that it has now. Its title is the one that it began with: a
 * better one is made beside the answer, and may come sooner or later than this.
 * @throws AppError when the turn failed
 */
export async function completeTurn(
  { conversations }: { readonly conversations: Conversations },
  { userId, turn }: { readonly userId: string; readonly turn: Turn },
): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> & { conversation?: ConversationJson } = {};
  for await (const { event, data } of turn.events) {
    if (event !== "delta") Object.assign(told, data);
  }
  const begun = told.conversation;
  if (begun === undefined) return told;
  // The turn is done, whether or not this can be read.
  const ended = await conversations.find({ userId, conversationId: begun.id }).catch(() => null);
  if (ended === null) return told;
  return { ...told, conversation: { ...toConversationJson(ended), title: begun.title } };
}
