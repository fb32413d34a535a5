import { AppError, invalidField } from "../../domain/errors.ts";
import { importanceRange, type Memory, type MemoryType, memoryLength, newMemory } from "../../domain/memory.ts";
import { looksSecret } from "../../domain/secrets.ts";
import type { Memories, UserSettings } from "../../ports/memories.ts";
import type { Clock, Ids } from "../../ports/platform.ts";
import { storeMemory } from "./store-memory.ts";
import { loadPreferences } from "./user-settings.ts";

/** What a model asks to be kept is worth more than what stands anywhere in a message. */
const toolImportance = 6;

/**
 * Keeps what a model asks to keep, by a tool call. A content that the user has already is not stored twice; its importance
 * may rise.
 * @throws AppError `unprocessable` when the user has switched memory off, for a secret, and when there are too many;
 *   `validation_failed` for an empty or too long content or an importance out of range
 */
export async function rememberFact(
  dependencies: {
    readonly memories: Memories;
    readonly userSettings: UserSettings;
    readonly clock: Clock;
    readonly ids: Ids;
  },
  input: {
    userId: string;
    conversationId: string;
    content: string;
    type?: MemoryType | undefined;
    importance?: number | undefined;
  },
): Promise<{ memory: Memory; isNew: boolean }> {
  const { clock, ids } = dependencies;
  const { userId, conversationId, importance = toolImportance } = input;
  const content = input.content.trim();
  if (content === "" || content.length > memoryLength) {
    throw invalidField("content", `must have 1 to ${memoryLength} characters`);
  }
  if (!Number.isInteger(importance) || importance < importanceRange.min || importance > importanceRange.max) {
    throw invalidField("importance", `must be a whole number from ${importanceRange.min} to ${importanceRange.max}`);
  }
  if (looksSecret(content)) {
    throw new AppError("unprocessable", { detail: "Passwords, keys and numbers of cards or accounts are not kept." });
  }
  const { memory_enabled: isEnabled } = await loadPreferences(dependencies, { userId });
  if (!isEnabled) throw new AppError("unprocessable", { detail: "The user has switched memory off." });
  const now = clock.now();
  return storeMemory(dependencies, {
    memory: newMemory({
      memoryId: ids.next("mem"),
      userId,
      content,
      memoryType: input.type,
      importance,
      conversationId,
      source: "tool",
      now,
    }),
    changes: { importanceAtLeast: importance },
    now,
  });
}
