import { readPageAddress } from "./pages/address.ts";
import { isPage } from "./pages/pages.ts";
import { isDraft, store, threadOf } from "./state.ts";
import { loadThread, refreshThread } from "./threads.ts";

function hashOf(threadId: string): string {
  return isDraft(threadId) ? "#/" : `#/c/${encodeURIComponent(threadId)}`;
}

interface Address {
  readonly threadId: string;
  /** The message, or picture, to go to. */
  readonly placeId: string | null;
}

/** Reads `#/c/<conversation>` and `#/c/<conversation>/m/<message or picture>`; all else is the draft. */
function readAddress(): Address {
  const match = /^#\/c\/([^/]+)(?:\/m\/([^/]+))?$/.exec(window.location.hash);
  try {
    if (match?.[1] === undefined) return { threadId: store.get().draft, placeId: null };
    return {
      threadId: decodeURIComponent(match[1]),
      placeId: match[2] === undefined ? null : decodeURIComponent(match[2]),
    };
  } catch {
    return { threadId: store.get().draft, placeId: null };
  }
}

/** The token of a shared conversation, where the address is the one of such. */
export function sharedToken(): string | null {
  return /^#\/s\/([\w-]+)$/.exec(window.location.hash)?.[1] ?? null;
}

function show({ threadId, placeId }: Address): void {
  store.set({ page: null, current: threadId, target: placeId === null ? null : { threadId, placeId } });
  if (isDraft(threadId)) return;
  const thread = threadOf(store.get(), threadId);
  if (thread.status === "ready") void refreshThread(threadId).catch(() => undefined);
  else void loadThread(threadId);
}

/** Opens a thread and puts its address into the address bar. */
export function openThread(threadId: string): void {
  const hash = hashOf(threadId);
  if (window.location.hash === hash) show({ threadId, placeId: null });
  else window.location.hash = hash;
}

/** Opens one of the pages beside the conversations. */
export function openPage(name: string): void {
  window.location.hash = `#/${name}`;
}

/** Opens a conversation at one of its messages. @param placeId the message's id, or that of a picture in it */
export function openPlace(threadId: string, placeId: string): void {
  const hash = `${hashOf(threadId)}/m/${encodeURIComponent(placeId)}`;
  if (window.location.hash === hash) show({ threadId, placeId });
  else window.location.hash = hash;
}

/** A page stands in the place of the conversation that was open, which is there again when the person comes back. */
function showAddress(): void {
  const page = readPageAddress(window.location.hash, isPage);
  if (page === null) show(readAddress());
  else store.set({ page });
}

/** Shows what the address says, now and whenever it changes; a draft that becomes a conversation changes the address. */
export function startRouter(): void {
  window.addEventListener("hashchange", () => {
    // A shared conversation is another page, without an account.
    if (sharedToken() === null) showAddress();
    else window.location.reload();
  });
  showAddress();
  store.watch(
    (state) => (state.page === null ? state.current : null),
    (current) => {
      if (current === null) return;
      const hash = hashOf(current);
      const isHome = window.location.hash === "" && hash === "#/";
      const isThere = window.location.hash === hash || window.location.hash.startsWith(`${hash}/m/`);
      if (!isThere && !isHome) window.history.replaceState(null, "", hash);
    },
  );
}
