import type { Memory } from "../../domain/memory.ts";
import { rankMemories } from "../../domain/memory-ranking.ts";
import type { Memories } from "../../ports/memories.ts";
import type { Clock } from "../../ports/platform.ts";

/** Memories that are looked at for a message: the most important ones, of equals the newest. */
const candidates = 200;

/**
 * The memories that help to answer a message, best first; see `rankMemories`. One query along an index.
 * @throws AppError `unavailable`
 */
export async function recallMemories(
  { memories, clock }: { readonly memories: Memories; readonly clock: Clock },
  input: { userId: string; content: string; limit?: number | undefined },
): Promise<readonly Memory[]> {
  const now = clock.now();
  const found = await memories.findMostImportant({ userId: input.userId, limit: candidates, now });
  return rankMemories(found, { content: input.content, now, limit: input.limit });
}
