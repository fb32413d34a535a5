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

/** A path that others change at the same time is right sooner than after so many looks at it. */
const maxRepairs = 10;

/**
 * Leaves one active path, and every version knowing how many there are, where several were made or chosen at once, or
 * the process that made one died. Whoever changes the path last looks at it once more and sees what all have done. What
 * was chosen since stays chosen.
 */
export async function repairPath(
  dependencies: Dependencies,
  message: Pick<Message, "conversation_id">,
  versionId: string,
): Promise<void> {
  const conversationId = message.conversation_id;
  let { nodes, isChanged } = await changePath(dependencies, conversationId, null);
  for (let repairs = 1; isChanged && repairs < maxRepairs; repairs += 1) {
    ({ nodes, isChanged } = await changePath(dependencies, conversationId, null));
  }
  const versionGroup = nodes.find(({ _id }) => _id === versionId)?.version_group;
  if (versionGroup === undefined) return;
  const count = nodes.filter((node) => node.version_group === versionGroup).length;
  await dependencies.messages.setVersionCount({ conversationId, versionGroup, count });
}

/**
 * For a message that was just stored: where the one before it left the active path meanwhile, there is one path again
 * afterwards. Whoever changes the path from now on finds the message there.
 * @param options.isChosen whether the path then goes through this message, rather than past it
 */
export async function joinPath(
  dependencies: Dependencies,
  message: Pick<Message, "_id" | "user_id" | "conversation_id" | "previous_message_id">,
  options: { isChosen: boolean },
): Promise<void> {
  const { user_id: userId, previous_message_id: previousId } = message;
  const previous = previousId === null ? null : await dependencies.messages.find({ userId, messageId: previousId });
  if (previous?.superseded !== true) return;
  if (options.isChosen) await switchPath(dependencies, message, message._id);
  await repairPath(dependencies, message, message._id);
}

/** @returns the conversation's tree as it was before, and whether its path had to change */
async function changePath(
  { messages, conversations, clock }: Dependencies,
  conversationId: string,
  targetId: string | null,
): Promise<{ nodes: readonly MessageNode[]; isChanged: boolean }> {
  const now = clock.now();
  const nodes = await messages.findNodes({ conversationId });
  const change = pathThrough(nodes, targetId);
  const added = await messages.changePath({ conversationId, change, now });
  if (added !== 0) await conversations.addMessages({ conversationId, messages: added, now });
  return { nodes, isChanged: change.enter.length + change.leave.length > 0 };
}
