import { refreshCredits } from "./account.ts";
import { adoptDraft } from "./adopt-draft.ts";
import * as api from "./api.ts";
import type { ConversationJson, MessageJson } from "./api-types.ts";
import { refreshConversation } from "./conversations.ts";
import { bindEntry, mergeMessages } from "./entries.ts";
import { type Problem, parseProblem, problemFrom, wordsFor } from "./problem.ts";
import type { ServerEvent } from "./sse.ts";
import { changeEntry, changeThread, type Entry, isDraft, store, type ToolCall, threadOf } from "./state.ts";
import { readTail } from "./thread-reading.ts";
import { announce } from "./toast.ts";
import { pause } from "./waiting.ts";

/** An answer as it is being written: where it belongs may change once, when its draft becomes a conversation. */
export interface RunningAnswer {
  threadId: string;
  /** The question's entry, where it is not stored yet. */
  readonly questionKey: string | null;
  readonly answerKey: string;
  answerId: string | null;
  isFinished: boolean;
  /** The last event that arrived. */
  lastEventId: string | null;
  /** The text that the events brought. */
  received: string;
}

type ToolListener = (name: string, result: unknown) => void;
const toolListeners = new Set<ToolListener>();

/** Calls back when a tool that an answer called has given its result. */
export function onToolResult(listener: ToolListener): void {
  toolListeners.add(listener);
}

const isShown = (answer: RunningAnswer) => store.get().current === answer.threadId;

function announceAnswer(text: string): void {
  const longest = 700;
  announce(text.length > longest ? `Muse answered: ${text.slice(0, longest)}…` : `Muse answered: ${text}`);
}

function entryOf(answer: RunningAnswer): Entry | undefined {
  return threadOf(store.get(), answer.threadId).entries.find((entry) => entry.key === answer.answerKey);
}

function finish(answer: RunningAnswer, message: MessageJson): void {
  answer.isFinished = true;
  changeThread(answer.threadId, { turn: null });
  mergeMessages(answer.threadId, [message]);
  if (isShown(answer)) announceAnswer(entryOf(answer)?.text ?? "");
}

function fail(answer: RunningAnswer, problem: Problem): void {
  answer.isFinished = true;
  changeEntry(answer.threadId, answer.answerKey, { status: "failed", problem });
  changeThread(answer.threadId, { turn: null });
  if (isShown(answer)) announce(wordsFor(problem));
}

function begin(answer: RunningAnswer, userMessage: MessageJson, answerId: string): void {
  answer.received = "";
  if (answer.questionKey !== null) bindEntry(answer.threadId, answer.questionKey, userMessage.id);
  bindEntry(answer.threadId, answer.answerKey, answerId);
  answer.answerId = answerId;
  mergeMessages(answer.threadId, [userMessage]);
  const before = threadOf(store.get(), answer.threadId).turn;
  if (before === null) return;
  changeThread(answer.threadId, { turn: { ...before, messageId: answerId } });
  // Somebody pressed stop before there was anything to stop.
  if (before.isStopping) void api.stopMessage(answerId).catch(() => undefined);
}

function append(answer: RunningAnswer, text: string): void {
  answer.received += text;
  const entry = entryOf(answer);
  const { turn } = threadOf(store.get(), answer.threadId);
  // A reading of the whole thread may have been faster than the stream.
  if (entry?.status !== "writing" || turn === null) return;
  if (answer.received.length > entry.text.length) {
    changeEntry(answer.threadId, answer.answerKey, { text: answer.received });
  }
  if (turn.phase !== "writing") changeThread(answer.threadId, { turn: { ...turn, phase: "writing" } });
}

function showCall(answer: RunningAnswer, call: ToolCall): void {
  const calls = entryOf(answer)?.calls ?? [];
  const isKnown = calls.some(({ id }) => id === call.id);
  changeEntry(answer.threadId, answer.answerKey, {
    calls: isKnown
      ? calls.map((known) => (known.id === call.id ? { ...call, input: call.input || known.input } : known))
      : [...calls, call],
  });
}

function callOf(data: Readonly<Record<string, unknown>>): Pick<ToolCall, "id" | "name"> {
  return { id: String(data.id ?? ""), name: String(data.name ?? "") };
}

/** @returns a problem that ends the stream but perhaps not the answer */
function handle(answer: RunningAnswer, event: ServerEvent): Problem | null {
  const data = JSON.parse(event.data) as Record<string, unknown>;
  switch (event.event) {
    case "conversation": {
      const conversation = data.conversation as ConversationJson;
      if (isDraft(answer.threadId)) adoptDraft(answer.threadId, conversation);
      answer.threadId = conversation.id;
      break;
    }
    case "message.created":
      begin(answer, data.user_message as MessageJson, String(data.message_id));
      break;
    case "delta":
      append(answer, String(data.text ?? ""));
      break;
    case "tool_call":
      showCall(answer, { ...callOf(data), input: String(data.arguments ?? ""), status: "running", output: null });
      break;
    case "tool_result": {
      const hasFailed = data.error !== undefined && data.error !== null;
      const output = hasFailed ? data.error : data.result;
      showCall(answer, { ...callOf(data), input: "", status: hasFailed ? "failed" : "done", output });
      if (!hasFailed) for (const listener of toolListeners) listener(String(data.name), data.result);
      break;
    }
    case "message.completed":
      finish(answer, data.message as MessageJson);
      break;
    case "error":
      return parseProblem(data);
    default:
      // Events of a later version of the server are none of this page's business.
      break;
  }
  if (event.id !== null) answer.lastEventId = event.id;
  return null;
}

/** Whether a stream that ended by an error took the answer with it: a stream has a longest duration, an answer has not. */
async function hasEnded(answer: RunningAnswer, problem: Problem): Promise<boolean> {
  if (problem.code !== "provider_timeout" || answer.answerId === null) return true;
  await readTail(answer.threadId).catch(() => undefined);
  return entryOf(answer)?.status !== "writing";
}

/** Reads events until the answer is finished or they end. Throws when the connection breaks. */
export async function readAnswer(answer: RunningAnswer, events: AsyncGenerator<ServerEvent>): Promise<void> {
  for await (const event of events) {
    const problem = handle(answer, event);
    if (problem !== null && (await hasEnded(answer, problem))) fail(answer, problem);
    if (answer.isFinished || problem !== null) return;
  }
}

const firstPauseMs = 600;
const longestPauseMs = 8_000;
/** Attempts in a row that brought nothing, after which the page asks for the thread instead. */
const mostAttempts = 4;

/** Goes on with the stream where it was lost, as often as needed. @returns false when the server does not do that */
async function resume(answer: RunningAnswer, answerId: string): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts && !answer.isFinished; attempt += 1) {
    const before = answer.lastEventId;
    try {
      await readAnswer(answer, await api.resumeStream(answerId, before));
    } catch (error) {
      const { status } = problemFrom(error);
      if (status === 404 || status === 405 || status === 422) return false;
    }
    if (answer.lastEventId !== before) attempt = 0;
    if (!answer.isFinished) await pause(firstPauseMs * 2 ** attempt);
  }
  return answer.isFinished;
}

const isWriting = (threadId: string) =>
  threadOf(store.get(), threadId).entries.some((entry) => entry.status === "writing");

/** Reads the thread again and again until nothing in it is being written. */
async function poll(threadId: string): Promise<void> {
  const { turn } = threadOf(store.get(), threadId);
  if (turn !== null) changeThread(threadId, { turn: { ...turn, phase: "recovering" } });
  for (let wait = firstPauseMs; isWriting(threadId); wait = Math.min(wait * 1.3, longestPauseMs)) {
    try {
      await readTail(threadId);
    } catch (error) {
      // The conversation itself is gone.
      if ([403, 404, 410].includes(problemFrom(error).status)) return;
    }
    if (isWriting(threadId)) await pause(wait);
  }
}

/** Follows an answer whose stream is lost, or never was on this page, to its end. Ends the thread's turn. */
export async function followAnswer(answer: RunningAnswer): Promise<void> {
  const { answerId, threadId } = answer;
  try {
    if (answerId !== null && (await resume(answer, answerId))) return;
    await poll(threadId);
    if (isShown(answer)) announceAnswer(entryOf(answer)?.text ?? "");
  } finally {
    changeThread(threadId, { turn: null });
  }
}

/** Answers that are written without a stream to this page (a reload, another tab) are followed until they are done. */
export function followUnfinished(threadId: string): void {
  const thread = threadOf(store.get(), threadId);
  const entry = thread.entries.findLast(({ status }) => status === "writing");
  if (entry === undefined || thread.turn !== null) return;
  changeThread(threadId, {
    turn: { answerKey: entry.key, messageId: entry.messageId, phase: "recovering", isStopping: false },
  });
  const answer: RunningAnswer = {
    threadId,
    questionKey: null,
    answerKey: entry.key,
    answerId: entry.messageId,
    isFinished: false,
    lastEventId: null,
    received: "",
  };
  void followAnswer(answer).then(() => afterAnswer(threadId));
}

/** The model writes a new conversation's title beside its first answer, and may need longer for it. */
const titleDelayMs = 3_000;

/** What changes with every answer beside the thread: the credits, and the conversation's title and place in the list. */
export function afterAnswer(threadId: string): void {
  void refreshCredits();
  if (isDraft(threadId)) return;
  void refreshConversation(threadId);
  const isFirst = threadOf(store.get(), threadId).entries.length <= 2;
  if (isFirst) window.setTimeout(() => void refreshConversation(threadId), titleDelayMs);
}
