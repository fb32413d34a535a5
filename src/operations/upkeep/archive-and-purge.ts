import type { Conversations } from "../../ports/conversations.ts";
import type { Messages } from "../../ports/messages.ts";
import { deleteFilesOf } from "../files/delete-files.ts";

const batchSize = 100;
const dayMs = 86_400_000;

type Dependencies = Parameters<typeof deleteFilesOf>[0] & {
  readonly conversations: Conversations;
  readonly messages: Messages;
  /** Undefined: nothing is archived by itself. */
  readonly archiveAfterDays: number | undefined;
  readonly purgeAfterDays: number;
};

/**
 * Archives conversations without activity, and removes for good those that were deleted long enough ago, with their
 * messages and the files that were uploaded to them. Pictures stay in their owner's gallery. Safe to run twice or late:
 * the conversation goes last, so that a purge that was cut off is found again.
 */
export async function archiveAndPurge(
  dependencies: Dependencies,
): Promise<{ archived: number; purged: number; files: number }> {
  const { conversations, messages, clock, archiveAfterDays, purgeAfterDays } = dependencies;
  const now = clock.now();
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const archived =
    archiveAfterDays === undefined ? 0 : await conversations.archiveIdle({ before: daysAgo(archiveAfterDays), now });
  let files = 0;
  const deleted = await conversations.findDeleted({ before: daysAgo(purgeAfterDays), limit: batchSize });
  for (const { _id: conversationId, user_id: userId } of deleted) {
    files += await deleteFilesOf(dependencies, { userId, conversationId });
    await messages.removeOf(conversationId);
    await conversations.remove(conversationId);
  }
  return { archived, purged: deleted.length, files };
}
