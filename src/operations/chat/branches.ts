import { type MessageNode, pathThrough } from "../../domain/branches.ts";
import type { Message } from "../../domain/message.ts";
import type { TurnDependencies } from "./turn.ts";

type Dependencies = Pick<TurnDependencies, "messages" | "conversations" | "clock">;

/**
 * Puts a message on the active path, with what came before it and what followed it last, and keeps the conversation's
 * number of messages right. Doing it again changes nothing.
 */
export async function switchPath(
  dependencies: Dependencies,
  message: Pick<Message, "conversation_id">,
  targetId: string,
): Promise<void> {
  await changePath(dependencies, message.conversation_id, targetId);
}

/**
 * Leaves one active path, and every version knowing how many there are, where several were made or chosen at once, or
 * the process that made one died. Whoever comes last sees what all have done. What was chosen since stays chosen.
 */
export async function repairPath(
  dependencies: Dependencies,
  message: Pick<Message, "conversation_id">,
  versionId: string,
): Promise<void> {
  const conversationId = message.conversation_id;
  const nodes = await changePath(dependencies, conversationId, null);
  const versionGroup = nodes.find(({ _id }) => _id === versionId)?.version_group;
  if (versionGroup === undefined) return;
  const count = nodes.filter((node) => node.version_group === versionGroup).length;
  await dependencies.messages.setVersionCount({ conversationId, versionGroup, count });
}

/** @returns the conversation's tree as it was before */
async function changePath(
  { messages, conversations, clock }: Dependencies,
  conversationId: string,
  targetId: string | null,
): Promise<readonly MessageNode[]> {
  const now = clock.now();
  const nodes = await messages.findNodes({ conversationId });
  const added = await messages.changePath({ conversationId, change: pathThrough(nodes, targetId), now });
  if (added !== 0) await conversations.addMessages({ conversationId, messages: added, now });
  return nodes;
}
