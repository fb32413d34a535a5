import { isDraft, store, threadOf } from "./state.ts";
import { loadThread, refreshThread } from "./threads.ts";

function hashOf(threadId: string): string {
  return isDraft(threadId) ? "#/" : `#/c/${encodeURIComponent(threadId)}`;
}

function threadInAddress(): string {
  const match = /^#\/c\/([^/]+)$/.exec(window.location.hash);
  try {
    return match?.[1] === undefined ? store.get().draft : decodeURIComponent(match[1]);
  } catch {
    return store.get().draft;
  }
}

function show(threadId: string): void {
  store.set({ current: threadId });
  if (isDraft(threadId)) return;
  const thread = threadOf(store.get(), threadId);
  if (thread.status === "ready") void refreshThread(threadId).catch(() => undefined);
  else void loadThread(threadId);
}

/** Opens a thread and puts its address into the address bar. */
export function openThread(threadId: string): void {
  const hash = hashOf(threadId);
  if (window.location.hash === hash) show(threadId);
  else window.location.hash = hash;
}

/** Shows what the address says, now and whenever it changes; a draft that becomes a conversation changes the address. */
export function startRouter(): void {
  window.addEventListener("hashchange", () => show(threadInAddress()));
  show(threadInAddress());
  store.watch(
    (state) => state.current,
    (current) => {
      const hash = hashOf(current);
      const isHome = window.location.hash === "" && hash === "#/";
      if (window.location.hash !== hash && !isHome) window.history.replaceState(null, "", hash);
    },
  );
}
