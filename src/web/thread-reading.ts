import * as api from "./api.ts";
import { mergeMessages } from "./entries.ts";
import { changeThread, store, threadOf } from "./state.ts";

/** Where the newest page of a thread begins: reading on from there finds what is new. */
interface Anchor {
  readonly cursor: string | null;
  /** The last message before that page. */
  readonly afterId: string | null;
}

const beginning: Anchor = { cursor: null, afterId: null };
const anchors = new Map<string, Anchor>();

/**
 * Takes off the screen what the server no longer has on the thread's path, as another version of a message was made
 * active somewhere. What this page wrote in the meantime stays. Ids are in the order of time.
 * @returns whether anything had to go
 */
function prune(threadId: string, from: Anchor, known: ReadonlySet<string>, found: ReadonlySet<string>): boolean {
  const { entries, turn } = threadOf(store.get(), threadId);
  const answerAt = entries.findIndex((entry) => entry.key === turn?.answerKey);
  const isGone = (id: string | null) =>
    id !== null && known.has(id) && !found.has(id) && (from.afterId === null || id > from.afterId);
  // The turn that runs is told by its stream: question and answer may be younger than this reading.
  const kept = entries.filter(
    ({ messageId }, index) => !isGone(messageId) || (answerAt !== -1 && index >= answerAt - 1 && index <= answerAt),
  );
  if (kept.length === entries.length) return false;
  changeThread(threadId, { entries: kept });
  return true;
}

async function readFrom(threadId: string, start: Anchor): Promise<boolean> {
  const known = new Set(threadOf(store.get(), threadId).entries.flatMap(({ messageId }) => messageId ?? []));
  const found = new Set<string>();
  let anchor = start;
  for (;;) {
    const page = await api.listMessages(threadId, anchor.cursor);
    for (const { id } of page.data) found.add(id);
    if (page.next_cursor === null) {
      const hasPruned = prune(threadId, start, known, found);
      mergeMessages(threadId, page.data);
      return hasPruned;
    }
    mergeMessages(threadId, page.data);
    anchor = { cursor: page.next_cursor, afterId: page.data.at(-1)?.id ?? anchor.afterId };
    anchors.set(threadId, anchor);
  }
}

/** Reads the whole active path of a thread. @throws ApiError */
export async function readWhole(threadId: string): Promise<void> {
  anchors.delete(threadId);
  await readFrom(threadId, beginning);
}

/** Reads what is new in a thread; all of it, where its path turned out to have changed. @throws ApiError */
export async function readTail(threadId: string): Promise<void> {
  const anchor = anchors.get(threadId) ?? beginning;
  if ((await readFrom(threadId, anchor)) && anchor.cursor !== null) await readWhole(threadId);
}
