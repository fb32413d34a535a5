import { contentKey, type Memory, maxMemories, newMemory } from "../../domain/memory.ts";
import { type ForgetRequest, readMessage } from "../../domain/memory-extraction.ts";
import { findMeant } from "../../domain/memory-ranking.ts";
import type { Statement } from "../../domain/memory-statements.ts";
import type { Memories, UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids, Logger } from "../../ports/platform.ts";
import { storeMemory } from "./store-memory.ts";
import { loadPreferences } from "./user-settings.ts";

interface Dependencies {
  readonly memories: Memories;
  readonly userSettings: UserSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

interface ExtractMemoriesInput {
  readonly userId: string;
  readonly conversationId: string;
  readonly userText: string;
}

interface ExtractedMemories {
  readonly stored: readonly Memory[];
  readonly forgotten: readonly Memory[];
}

/**
 * After a turn: stores what the user said about themselves and removes what they want forgotten, if their settings allow
 * memory. Needs no provider, and no database for a message that says nothing of the kind. Never throws: what fails is
 * logged, and the turn goes on.
 */
export async function extractMemories(
  dependencies: Dependencies,
  input: ExtractMemoriesInput,
): Promise<ExtractedMemories> {
  const { userSettings, logger } = dependencies;
  const stored: Memory[] = [];
  const forgotten: Memory[] = [];
  try {
    const { remember, forget } = readMessage(input.userText);
    if (remember.length + forget.length === 0) return { stored, forgotten };
    const { memory_enabled: isEnabled } = await loadPreferences({ userSettings }, input);
    if (!isEnabled) return { stored, forgotten };
    if (forget.length > 0) forgotten.push(...(await forgetMeant(dependencies, input.userId, forget)));
    for (const statement of remember) stored.push(await storeStatement(dependencies, input, statement));
  } catch (error) {
    logger.warn({ error, conversationId: input.conversationId }, "memories not extracted");
  }
  return { stored, forgotten };
}

async function storeStatement(
  dependencies: Dependencies,
  { userId, conversationId }: ExtractMemoriesInput,
  statement: Statement,
): Promise<Memory> {
  const { memories, clock, ids } = dependencies;
  const { content, memoryType, importance, subject } = statement;
  const now = clock.now();
  const { memory } = await storeMemory(dependencies, {
    memory: newMemory({
      memoryId: ids.next("mem"),
      userId,
      content,
      memoryType,
      importance,
      conversationId,
      source: "extracted",
      subject,
      now,
    }),
    changes: { importanceAtLeast: importance },
    now,
  });
  if (subject !== undefined) await memories.removeSuperseded({ memory, subject });
  return memory;
}

async function forgetMeant(
  { memories, clock }: Dependencies,
  userId: string,
  requests: readonly ForgetRequest[],
): Promise<Memory[]> {
  const now = clock.now();
  let known = await memories.findMostImportant({ userId, limit: maxMemories, now });
  const forgotten: Memory[] = [];
  for (const request of requests) {
    const meant = meantBy(request, userId, known);
    if (meant === undefined) continue;
    await memories.remove({ userId, memoryId: meant._id, now });
    forgotten.push(meant);
    known = known.filter((memory) => memory !== meant);
  }
  return forgotten;
}

function meantBy({ said, statement }: ForgetRequest, userId: string, memories: readonly Memory[]): Memory | undefined {
  const contents = [said, ...(statement === null ? [] : [statement.content])];
  const keys = new Set(contents.map((content) => contentKey(userId, content)));
  return memories.find((memory) => keys.has(memory.content_key)) ?? findMeant(memories, said);
}
