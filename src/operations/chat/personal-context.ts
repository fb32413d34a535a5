import type { Memory } from "../../domain/memory.ts";
import type { UserPreferences } from "../../domain/user-settings.ts";
import type { Memories, UserSettings } from "../../ports/memories.ts";
import type { Clock } from "../../ports/platform.ts";
import { recallMemories } from "../memories/recall-memories.ts";
import { loadPreferences } from "../memories/user-settings.ts";

/** What a turn knows of the user besides the conversation. */
export interface PersonalContext {
  readonly preferences: UserPreferences;
  /** Those that have to do with the message; none when the user has switched memory off. */
  readonly memories: readonly Memory[];
}

/** Two reads side by side, to be done beside the turn's others. */
export async function loadPersonalContext(
  dependencies: { readonly memories: Memories; readonly userSettings: UserSettings; readonly clock: Clock },
  input: { userId: string; content: string },
): Promise<PersonalContext> {
  const [preferences, memories] = await Promise.all([
    loadPreferences(dependencies, input),
    recallMemories(dependencies, input),
  ]);
  return { preferences, memories: preferences.memory_enabled ? memories : [] };
}
