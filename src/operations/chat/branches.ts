import { pathThrough } from "../../domain/branches.ts";
import type { Message } from "../../domain/message.ts";
import type { TurnDependencies } from "./turn.ts";

type Dependencies = Pick<TurnDependencies, "messages" | "conversations" | "clock">;

/**
 * Puts a message on the active path, with what came before it and what followed it last, and keeps the conversation's
 * number of messages right. Doing it again changes nothing.
 */
export async function switchPath(
  { messages, conversations, clock }: Dependencies,
  message: Pick<Message, "conversation_id">,
  targetId: string,
): Promise<void> {
  const conversationId = message.conversation_id;
  const now = clock.now();
  const nodes = await messages.findNodes({ conversationId });
  const added = await messages.changePath({ conversationId, change: pathThrough(nodes, targetId), now });
  if (added !== 0) await conversations.addMessages({ conversationId, messages: added, now });
}
