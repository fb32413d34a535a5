import { AppError } from "../../domain/errors.ts";
import { type Memory, maxMemories } from "../../domain/memory.ts";
import type { Memories } from "../../ports/memories.ts";

/**
 * Stores a memory, or changes the one of the same content.
 * @throws AppError `unprocessable` when its user has as many as they may
 */
export async function storeMemory(
  { memories }: { memories: Memories },
  input: Parameters<Memories["upsert"]>[0],
): Promise<{ memory: Memory; isNew: boolean }> {
  const stored = await memories.upsert(input);
  // Written first and counted then: of requests at once, the last to count sees all, so there are never too many.
  if (!stored.isNew || (await hasRoom(memories, input.memory.user_id, input.now))) return stored;
  await memories.remove({ userId: input.memory.user_id, memoryId: stored.memory._id, now: input.now });
  throw new AppError("unprocessable", {
    detail: `An account may have ${maxMemories} memories. Delete some that are not needed any more.`,
  });
}

async function hasRoom(memories: Memories, userId: string, now: Date): Promise<boolean> {
  const isTooMany = async () => (await memories.count({ userId, upTo: maxMemories + 1 })) > maxMemories;
  if (!(await isTooMany())) return true;
  await memories.removeExpired({ userId, now });
  return !(await isTooMany());
}
