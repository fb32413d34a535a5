import * as api from "./api.ts";
import type { ConversationJson } from "./api-types.ts";
import { problemFrom, wordsFor } from "./problem.ts";
import { type ConversationList, store } from "./state.ts";
import { showToast } from "./toast.ts";

const newestFirst = (a: ConversationJson, b: ConversationJson): number =>
  b.last_message_at.localeCompare(a.last_message_at) || b.id.localeCompare(a.id);

function changeList(change: Partial<ConversationList>): void {
  store.set({ list: { ...store.get().list, ...change } });
}

function without(items: readonly ConversationJson[], id: string): readonly ConversationJson[] {
  return items.filter((item) => item.id !== id);
}

/** Keeps what the server says of a conversation, and puts it where it belongs in the list on screen. */
export function rememberConversation(conversation: ConversationJson): void {
  const { conversations, list } = store.get();
  const others = without(list.items, conversation.id);
  // What is older than the pages read so far comes with its own page.
  const last = others.at(-1);
  const isWithin = list.cursor === null || last === undefined || newestFirst(conversation, last) < 0;
  const isShown = conversation.status === list.folder && isWithin;
  store.set({
    conversations: { ...conversations, [conversation.id]: conversation },
    list: { ...list, items: isShown ? [...others, conversation].sort(newestFirst) : others },
  });
}

let reading: Promise<void> | null = null;

async function readPage(cursor: string | null): Promise<void> {
  const { folder, items: before } = store.get().list;
  changeList({ status: "loading" });
  try {
    const page = await api.listConversations(folder, cursor);
    const { list, conversations } = store.get();
    if (list.folder !== folder) return;
    const ids = new Set(page.data.map((item) => item.id));
    const last = page.data.at(-1);
    const isBelow = (item: ConversationJson) =>
      page.next_cursor !== null && last !== undefined && newestFirst(item, last) > 0;
    const wasThere = ({ id }: ConversationJson) => before.some((item) => item.id === id);
    // Reading the beginning again must not fold up the pages below it, nor take away what began while it was on its way.
    const isKept = (item: ConversationJson) => cursor !== null || wasThere(item) === isBelow(item);
    const kept = list.items.filter((item) => !ids.has(item.id) && isKept(item));
    const keepsCursor = cursor === null && kept.some(wasThere);
    store.set({
      conversations: { ...conversations, ...Object.fromEntries(page.data.map((item) => [item.id, item])) },
      list: {
        folder,
        items: [...kept, ...page.data].sort(newestFirst),
        cursor: keepsCursor ? list.cursor : page.next_cursor,
        status: "ready",
      },
    });
  } catch {
    if (store.get().list.folder === folder) changeList({ status: "failed" });
  }
}

function read(cursor: string | null): Promise<void> {
  reading ??= readPage(cursor).finally(() => {
    reading = null;
  });
  return reading;
}

/** Reads the list from its beginning. Failures are shown in the list. */
export function loadConversations(): Promise<void> {
  return read(null);
}

/** Reads the next page, if there is one. */
export async function loadMoreConversations(): Promise<void> {
  const { cursor, status } = store.get().list;
  if (cursor !== null && status !== "loading") await read(cursor);
}

/** Shows the active or the archived conversations. */
export async function openFolder(folder: ConversationList["folder"]): Promise<void> {
  await reading;
  store.set({ list: { folder, items: [], cursor: null, status: "loading" } });
  await loadConversations();
}

/** Reads one conversation again: its title and its place change with every turn. */
export async function refreshConversation(id: string): Promise<void> {
  try {
    rememberConversation(await api.getConversation(id));
  } catch {
    // The list still shows the conversation as it was; the next turn or visit reads it again.
  }
}

/** Does a change at once on screen, and takes it back where the server refuses it. */
async function optimistically(
  conversation: ConversationJson,
  change: Partial<ConversationJson>,
  save: () => Promise<ConversationJson | undefined>,
): Promise<boolean> {
  rememberConversation({ ...conversation, ...change });
  try {
    const saved = await save();
    if (saved !== undefined) rememberConversation(saved);
    return true;
  } catch (error) {
    rememberConversation(conversation);
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
    return false;
  }
}

export async function renameConversation(conversation: ConversationJson, title: string): Promise<void> {
  const clean = title.trim().slice(0, 200);
  if (clean === "" || clean === conversation.title) return;
  await optimistically(conversation, { title: clean }, () => api.updateConversation(conversation.id, { title: clean }));
}

/** Has a conversation answered by another model from now on. */
export async function changeModel(conversation: ConversationJson, model: string): Promise<void> {
  if (model !== conversation.model) {
    await optimistically(conversation, { model }, () => api.updateConversation(conversation.id, { model }));
  }
}

/** Moves a conversation into the archive or out of it, and offers the way back. */
export async function moveConversation(conversation: ConversationJson, status: "active" | "archived"): Promise<void> {
  const before = conversation.status === "archived" ? "archived" : "active";
  const isDone = await optimistically(conversation, { status }, () =>
    api.updateConversation(conversation.id, { status }),
  );
  if (!isDone) return;
  showToast({
    text: status === "archived" ? "Moved to the archive." : "Back among your conversations.",
    action: { label: "Undo", run: () => void moveConversation({ ...conversation, status }, before) },
  });
}

/** Deletes a conversation and offers to restore it. */
export async function removeConversation(conversation: ConversationJson, onRestored: () => void): Promise<boolean> {
  const isDone = await optimistically(conversation, { status: "deleted" }, async () => {
    await api.deleteConversation(conversation.id);
    return undefined;
  });
  if (!isDone) return false;
  const restore = async () => {
    try {
      rememberConversation(await api.restoreConversation(conversation.id));
      onRestored();
    } catch (error) {
      showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
    }
  };
  showToast({ text: `Deleted “${conversation.title}”.`, action: { label: "Undo", run: () => void restore() } });
  return true;
}
