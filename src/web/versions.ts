import * as api from "./api.ts";
import type { MessageJson } from "./api-types.ts";
import { refreshConversation } from "./conversations.ts";
import { replaceVersion } from "./entries.ts";
import { problemFrom, wordsFor } from "./problem.ts";
import { type Entry, store, threadOf } from "./state.ts";
import { rereadThread } from "./threads.ts";
import { showToast } from "./toast.ts";

/** All versions of the messages whose arrows were used, by the entry's key. */
const read = new Map<string, readonly MessageJson[]>();

async function versionsOf(entry: Entry, messageId: string): Promise<readonly MessageJson[]> {
  const known = read.get(entry.key);
  if (known?.length === entry.versionCount && known.some(({ id }) => id === messageId)) return known;
  const { data } = await api.listVersions(messageId);
  read.set(entry.key, data);
  return data;
}

/** The version that is to become the active one, by thread: quick steps in a row lead to one change on the server. */
const wanted = new Map<string, string>();
const settling = new Set<string>();

async function settle(threadId: string): Promise<void> {
  if (settling.has(threadId)) return;
  settling.add(threadId);
  try {
    for (let id = wanted.get(threadId); id !== undefined; id = wanted.get(threadId)) {
      await api.activateMessage(id);
      if (wanted.get(threadId) === id) wanted.delete(threadId);
    }
  } catch (error) {
    wanted.delete(threadId);
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
  } finally {
    settling.delete(threadId);
  }
  await rereadThread(threadId).catch(() => undefined);
  await refreshConversation(threadId);
}

/** Shows the next or the previous version of a message with all that followed it, and makes it the active one. */
export async function showVersion(threadId: string, entry: Entry, step: 1 | -1): Promise<void> {
  if (entry.messageId === null || threadOf(store.get(), threadId).turn !== null) return;
  try {
    const versions = await versionsOf(entry, entry.messageId);
    const at = versions.findIndex(({ id }) => id === entry.messageId);
    const target = versions[at + step];
    if (at === -1 || target === undefined) return;
    replaceVersion(threadId, entry.key, target);
    wanted.set(threadId, target.id);
    await settle(threadId);
  } catch (error) {
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
  }
}
