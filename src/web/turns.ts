import { afterAnswer, followAnswer, followUnfinished, type RunningAnswer, readAnswer } from "./answers.ts";
import * as api from "./api.ts";
import { blankEntry } from "./entries.ts";
import { type Problem, problemFrom, unreachable, wordsFor } from "./problem.ts";
import type { ServerEvent } from "./sse.ts";
import {
  changeEntry,
  changeThread,
  type Entry,
  isDraft,
  type MessageFile,
  newKey,
  store,
  type Thread,
  threadOf,
} from "./state.ts";
import { readTail, readWhole } from "./thread-reading.ts";
import { announce, showToast } from "./toast.ts";

/** One way to get an answer: how it is asked for, and what becomes of the screen when that fails. */
interface Request {
  readonly open: () => Promise<AsyncGenerator<ServerEvent>>;
  /** The server did not take it: the screen goes back to what it was, with the problem said. */
  readonly giveBack: (problem: Problem) => void;
  /** The connection broke before the answer had a name: looks whether the request arrived nevertheless. */
  readonly find: () => Promise<boolean>;
}

/** The stream broke, the answer did not: the server goes on writing it, and the page reads it from there. */
async function recover(answer: RunningAnswer, request: Request): Promise<void> {
  if (answer.answerId !== null) {
    await followAnswer(answer);
    return;
  }
  const { threadId } = answer;
  try {
    if (isDraft(threadId) || !(await request.find())) {
      request.giveBack(unreachable);
      return;
    }
  } catch (error) {
    request.giveBack(problemFrom(error));
    return;
  }
  changeThread(threadId, { turn: null });
  followUnfinished(threadId);
}

async function run(answer: RunningAnswer, request: Request): Promise<void> {
  let isOpen = false;
  try {
    const events = await request.open();
    isOpen = true;
    await readAnswer(answer, events);
    if (!answer.isFinished) await recover(answer, request);
  } catch (error) {
    const problem = problemFrom(error);
    // A conflict means that the same request is under way: it did arrive the first time.
    const mayHaveArrived = isOpen || problem.status === 0 || problem.status === 409;
    if (mayHaveArrived && !isDraft(answer.threadId)) await recover(answer, request);
    else request.giveBack(problem);
  }
  afterAnswer(answer.threadId);
}

/** Puts an answer that is to come below these entries, and asks for it. */
function start(
  threadId: string,
  { entries, questionKey, answer }: { entries: readonly Entry[]; questionKey: string | null; answer: Entry },
  requestOf: (running: RunningAnswer) => Request,
): void {
  const running: RunningAnswer = {
    threadId,
    questionKey,
    answerKey: answer.key,
    answerId: null,
    isFinished: false,
    lastEventId: null,
    received: "",
  };
  changeThread(threadId, {
    entries: [...entries, answer],
    turn: { answerKey: answer.key, messageId: null, phase: "waiting", isStopping: false },
  });
  announce("Muse is answering.");
  void run(running, requestOf(running));
}

function emptyAnswer(): Entry {
  return { ...blankEntry, key: newKey(), role: "assistant", status: "writing", createdAt: new Date().toISOString() };
}

export interface Words {
  readonly text: string;
  readonly files?: readonly MessageFile[];
}

/** Sends a message in a thread and follows the answer until it is complete. */
export function sendMessage(threadId: string, { text, files = [] }: Words, idempotencyKey: string = newKey()): void {
  const thread = threadOf(store.get(), threadId);
  if (thread.turn !== null) return;
  const answer = emptyAnswer();
  const question: Entry = {
    ...blankEntry,
    key: newKey(),
    role: "user",
    text,
    files,
    status: "sending",
    createdAt: answer.createdAt,
    idempotencyKey,
  };
  const { draftModel } = store.get();
  const model = isDraft(threadId) && draftModel !== null ? { model: draftModel } : {};
  const fileIds = files.length === 0 ? {} : { files: files.map(({ fileId }) => fileId) };
  start(threadId, { entries: [...thread.entries, question], questionKey: question.key, answer }, (running) => ({
    open: () =>
      api.openTurn(isDraft(threadId) ? null : threadId, { content: text, ...fileIds, ...model }, idempotencyKey),
    giveBack: (problem) => leaveUnsent(running.threadId, question, answer, problem),
    find: () => findQuestion(running.threadId, question, answer),
  }));
}

/** The message did not go out, as far as the page can know: it stays on screen with a way to send it again. */
function leaveUnsent(threadId: string, question: Entry, answer: Entry, problem: Problem): void {
  // A refusal is final, so another attempt is another request; after a broken connection it has to be the same one.
  const idempotencyKey = problem.status === 0 ? question.idempotencyKey : newKey();
  const { entries } = threadOf(store.get(), threadId);
  changeThread(threadId, {
    turn: null,
    entries: entries
      .filter((entry) => entry.key !== answer.key)
      .map((entry) => (entry.key === question.key ? { ...entry, status: "unsent", problem, idempotencyKey } : entry)),
  });
}

function withoutKeys(threadId: string, ...keys: readonly string[]): void {
  const { entries } = threadOf(store.get(), threadId);
  changeThread(threadId, { entries: entries.filter((entry) => !keys.includes(entry.key)) });
}

/** Looks for the question among what is new in the thread, by its text. */
async function findQuestion(threadId: string, question: Entry, answer: Entry): Promise<boolean> {
  const known = new Set(threadOf(store.get(), threadId).entries.map((entry) => entry.messageId));
  await readTail(threadId);
  const { entries } = threadOf(store.get(), threadId);
  const isStored = (entry: Entry) =>
    entry.role === "user" && entry.text === question.text && !known.has(entry.messageId);
  if (!entries.some(isStored)) return false;
  withoutKeys(threadId, question.key, answer.key);
  return true;
}

/** Looks whether a message has been replaced by another version; what the page had made up for it goes either way. */
async function isReplaced(threadId: string, messageId: string, ...madeUp: readonly string[]): Promise<boolean> {
  await readWhole(threadId);
  withoutKeys(threadId, ...madeUp);
  return !threadOf(store.get(), threadId).entries.some((entry) => entry.messageId === messageId);
}

function positionOf(thread: Thread, entry: Entry): number {
  return thread.entries.findIndex(({ key }) => key === entry.key);
}

/** Asks again with other words in the place of a message of one's own; the old words stay as an earlier version. */
export function editMessage(threadId: string, entry: Entry, text: string): void {
  const thread = threadOf(store.get(), threadId);
  const { messageId } = entry;
  const at = positionOf(thread, entry);
  if (thread.turn !== null || messageId === null || at === -1) return;
  const answer = emptyAnswer();
  // It keeps its key, and with it its place on the screen.
  const question: Entry = { ...entry, messageId: null, text, parts: null, status: "sending", editing: null };
  start(threadId, { entries: [...thread.entries.slice(0, at), question], questionKey: question.key, answer }, () => ({
    open: () => api.openEdit(messageId, text),
    giveBack: (problem) => {
      const isBack = threadOf(store.get(), threadId).entries.some((known) => known.messageId === messageId);
      if (!isBack) changeThread(threadId, { entries: thread.entries });
      const original = threadOf(store.get(), threadId).entries.find((known) => known.messageId === messageId);
      changeThread(threadId, { turn: null });
      if (original !== undefined) changeEntry(threadId, original.key, { editing: { text, problem } });
    },
    find: () => isReplaced(threadId, messageId, question.key, answer.key),
  }));
}

/** Asks for another version of an answer; the one on screen stays as an earlier version. */
export function regenerateAnswer(threadId: string, entry: Entry): void {
  const thread = threadOf(store.get(), threadId);
  const { messageId } = entry;
  const at = positionOf(thread, entry);
  if (thread.turn !== null || messageId === null || at === -1) return;
  const answer: Entry = { ...emptyAnswer(), key: entry.key, versionCount: entry.versionCount + 1 };
  const idempotencyKey = newKey();
  start(threadId, { entries: thread.entries.slice(0, at), questionKey: null, answer }, () => ({
    open: () => api.openRegeneration(messageId, idempotencyKey),
    giveBack: (problem) => {
      const isBack = threadOf(store.get(), threadId).entries.some((known) => known.messageId === messageId);
      changeThread(threadId, { turn: null, ...(isBack ? {} : { entries: thread.entries }) });
      showToast({ text: wordsFor(problem), tone: "problem" });
    },
    find: () => isReplaced(threadId, messageId, answer.key),
  }));
}

/** Takes an unsent message off the screen and gives its words, for editing. */
export function withdraw(threadId: string, entry: Entry): Words {
  withoutKeys(threadId, entry.key);
  return { text: entry.text, files: entry.files };
}

/** Sends an unsent message again. */
export function resend(threadId: string, entry: Entry): void {
  if (threadOf(store.get(), threadId).turn !== null) return;
  sendMessage(threadId, withdraw(threadId, entry), entry.idempotencyKey ?? newKey());
}

/** Asks the server to end the answer that is being written; what there is of it is kept. */
export async function stopAnswer(threadId: string): Promise<void> {
  const { turn } = threadOf(store.get(), threadId);
  if (turn === null || turn.isStopping) return;
  changeThread(threadId, { turn: { ...turn, isStopping: true } });
  if (turn.messageId === null) return;
  try {
    await api.stopMessage(turn.messageId);
  } catch (error) {
    const now = threadOf(store.get(), threadId).turn;
    if (now === null) return;
    changeThread(threadId, { turn: { ...now, isStopping: false } });
    showToast({ text: wordsFor(problemFrom(error)), tone: "problem" });
  }
}
