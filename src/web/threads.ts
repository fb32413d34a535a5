import { followUnfinished } from "./answers.ts";
import * as api from "./api.ts";
import { rememberConversation } from "./conversations.ts";
import { problemFrom } from "./problem.ts";
import { changeThread, store } from "./state.ts";
import { readTail, readWhole } from "./thread-reading.ts";

const loading = new Set<string>();

/** Reads what is new in a thread. @throws ApiError */
export async function refreshThread(threadId: string): Promise<void> {
  await readTail(threadId);
  followUnfinished(threadId);
}

/** Reads a whole thread again, as its path has changed. @throws ApiError */
export async function rereadThread(threadId: string): Promise<void> {
  await readWhole(threadId);
  followUnfinished(threadId);
}

/** Reads a whole conversation; the server gives the oldest first. Failures are shown in the thread. */
export async function loadThread(threadId: string): Promise<void> {
  if (loading.has(threadId)) return;
  loading.add(threadId);
  changeThread(threadId, { problem: null });
  try {
    const known = store.get().conversations[threadId];
    const [conversation] = await Promise.all([known ?? api.getConversation(threadId), readTail(threadId)]);
    rememberConversation(conversation);
    changeThread(threadId, { status: "ready" });
    followUnfinished(threadId);
  } catch (error) {
    const problem = problemFrom(error);
    const isMissing = problem.status === 404 || problem.status === 403 || problem.status === 410;
    changeThread(threadId, { status: isMissing ? "missing" : "failed", problem });
  } finally {
    loading.delete(threadId);
  }
}
