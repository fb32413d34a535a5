import { refreshCredits } from "./account.ts";
import { adoptDraft } from "./adopt-draft.ts";
import * as api from "./api.ts";
import type { GenerationJson, PictureRequest } from "./api-types.ts";
import { refreshConversation } from "./conversations.ts";
import { problemFrom, wordsFor } from "./problem.ts";
import { isDraft, type Job, newKey, store } from "./state.ts";
import { refreshThread } from "./threads.ts";
import { announce, showToast } from "./toast.ts";
import { pause } from "./waiting.ts";

const ended: ReadonlySet<GenerationJson["status"]> = new Set(["completed", "failed", "cancelled"]);

function isEnded(generation: Pick<GenerationJson, "status">): boolean {
  return ended.has(generation.status);
}

function changeJob(id: string, change: Partial<Job>): void {
  const { jobs } = store.get();
  const job = jobs[id];
  if (job !== undefined) store.set({ jobs: { ...jobs, [id]: { ...job, ...change } } });
}

function changeGeneration(id: string, change: Partial<GenerationJson>): void {
  const job = store.get().jobs[id];
  // A late event must not bring an ended job back to life.
  if (job === undefined || (isEnded(job.generation) && !isEnded({ status: change.status ?? "pending" }))) return;
  changeJob(id, { generation: { ...job.generation, ...change } });
}

/** Browsers open six connections to a server; the pictures may have these, the rest are asked for. */
const mostStreams = 2;
let openStreams = 0;

async function followByEvents(id: string): Promise<void> {
  const control = new AbortController();
  openStreams += 1;
  try {
    for await (const { event, data } of await api.openGeneration(id, control.signal)) {
      const body = JSON.parse(data) as Partial<GenerationJson> & { generation?: GenerationJson };
      const { status, progress, queue_position } = body.generation ?? body;
      if (body.generation !== undefined) changeGeneration(id, body.generation);
      if (event === "progress" && progress !== undefined) changeGeneration(id, { status: "processing", progress });
      if (event === "status" && status !== undefined) {
        changeGeneration(id, { status, ...(queue_position === undefined ? {} : { queue_position }) });
      }
      if (event === "done") return;
    }
  } finally {
    openStreams -= 1;
    control.abort();
  }
}

async function followByAsking(id: string): Promise<void> {
  await pause(1_500);
  changeGeneration(id, await api.getGeneration(id));
}

async function settle(generation: GenerationJson): Promise<void> {
  if (generation.status === "completed") announce(`Your picture is ready: ${generation.prompt}`);
  if (generation.status === "failed") announce(`The picture could not be made: ${generation.prompt}`);
  void refreshCredits();
  if (generation.conversation_id === null) return;
  const thread = store.get().threads[generation.conversation_id];
  if (thread !== undefined) await refreshThread(generation.conversation_id).catch(() => undefined);
  await refreshConversation(generation.conversation_id);
}

const followed = new Set<string>();

/** Follows a job to its end: by events while there are connections to spare, else by asking now and then. */
async function follow(id: string): Promise<void> {
  if (followed.has(id)) return;
  followed.add(id);
  try {
    for (;;) {
      const generation = store.get().jobs[id]?.generation;
      if (generation === undefined) return;
      if (isEnded(generation)) {
        await settle(generation);
        return;
      }
      try {
        if (openStreams < mostStreams) await followByEvents(id);
        const after = store.get().jobs[id]?.generation;
        if (after !== undefined && !isEnded(after)) await followByAsking(id);
      } catch (error) {
        if (problemFrom(error).status === 404) return;
        await pause(2_500);
      }
    }
  } finally {
    followed.delete(id);
  }
}

function addJob(generation: GenerationJson): void {
  const { jobs } = store.get();
  store.set({ jobs: { ...jobs, [generation.id]: { generation, isCancelling: false } } });
  void follow(generation.id);
}

/** Follows a generation that somebody else has begun, as a tool that an answer called. */
export async function followGeneration(id: string): Promise<void> {
  if (store.get().jobs[id] === undefined) addJob(await api.getGeneration(id));
}

/** Finds the jobs that a reload left behind: those that still run, and those that failed and have no message. */
export async function resumeJobs(): Promise<void> {
  const pages = await Promise.all([
    api.listGenerations("pending"),
    api.listGenerations("processing"),
    api.listGenerations("failed"),
  ]);
  const { jobs } = store.get();
  const found = pages.flatMap((page) => page.data).filter((generation) => jobs[generation.id] === undefined);
  const entries = found.map((generation) => [generation.id, { generation, isCancelling: false }] as const);
  store.set({ jobs: { ...store.get().jobs, ...Object.fromEntries(entries) } });
  for (const generation of found) if (!isEnded(generation)) void follow(generation.id);
}

const titleLength = 60;

function titleOf(prompt: string): string {
  const line = prompt.replace(/\s+/g, " ").trim();
  return line.length <= titleLength ? line : `${line.slice(0, titleLength).trimEnd()}…`;
}

/** The last request that got no answer: the same again is sent with the same key, so that it cannot be paid twice. */
let unanswered: { readonly fingerprint: string; readonly key: string } | null = null;

function keyFor(fingerprint: string): string {
  if (unanswered?.fingerprint !== fingerprint) unanswered = { fingerprint, key: newKey() };
  return unanswered.key;
}

/**
 * Asks for pictures in a thread; a draft becomes a conversation first, so that the job has an address at once.
 * @throws ApiError when it is refused; the conversation made for it is gone again then
 */
export async function requestPicture(threadId: string, request: PictureRequest): Promise<void> {
  const created = isDraft(threadId) ? await api.createConversation({ title: titleOf(request.prompt) }) : null;
  const body = { ...request, conversation_id: created?.id ?? threadId };
  try {
    const generation = await api.submitGeneration(body, keyFor(JSON.stringify(body)));
    unanswered = null;
    if (created !== null) adoptDraft(threadId, created);
    addJob(generation);
  } catch (error) {
    if (problemFrom(error).status === 0) {
      // It may have arrived, so the next attempt has to be the same request, in the same conversation.
      if (created !== null) adoptDraft(threadId, created);
    } else {
      unanswered = null;
      if (created !== null) await api.deleteConversation(created.id).catch(() => undefined);
    }
    throw error;
  } finally {
    void refreshCredits();
  }
}

/** The same pictures again, as a new job with another seed. */
export async function repeatJob(generation: GenerationJson): Promise<void> {
  const { prompt, image_size, num_images, negative_prompt, conversation_id } = generation;
  const request = { prompt, image_size, num_images, ...(negative_prompt === null ? {} : { negative_prompt }) };
  try {
    await requestPicture(conversation_id ?? store.get().current, request);
  } catch (error) {
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
  }
}

/** Ends a job; what it held of the credits comes back. */
export async function cancelJob(id: string): Promise<void> {
  changeJob(id, { isCancelling: true });
  try {
    changeGeneration(id, await api.cancelGeneration(id));
  } catch (error) {
    const problem = problemFrom(error);
    if (problem.status !== 409) showToast({ text: wordsFor(problem), tone: "problem" });
  } finally {
    changeJob(id, { isCancelling: false });
    void refreshCredits();
  }
}
