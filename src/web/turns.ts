import { refreshCredits } from "./account.ts";
import * as api from "./api.ts";
import type { ConversationJson, MessageJson } from "./api-types.ts";
import { refreshConversation } from "./conversations.ts";
import { type Problem, parseProblem, problemFrom, wordsFor } from "./problem.ts";
import type { ServerEvent } from "./sse.ts";
import { changeEntry, changeThread, type Entry, isDraft, newKey, store, threadOf } from "./state.ts";
import { adoptDraft, bindEntry, followAnswer, mergeMessages, refreshThread } from "./threads.ts";
import { announce, showToast } from "./toast.ts";

/** One turn as it runs: where it belongs may change once, when its draft becomes a conversation. */
interface RunningTurn {
  threadId: string;
  readonly text: string;
  readonly questionKey: string;
  readonly answerKey: string;
  answerId: string | null;
  isFinished: boolean;
}

const blank = {
  messageId: null,
  pictures: [],
  isStopped: false,
  isCutShort: false,
  problem: null,
  costCredits: null,
  model: null,
  generationId: null,
  prompt: null,
} as const;

function announceAnswer(text: string): void {
  const longest = 700;
  announce(text.length > longest ? `Muse answered: ${text.slice(0, longest)}…` : `Muse answered: ${text}`);
}

function finish(turn: RunningTurn, message: MessageJson): void {
  turn.isFinished = true;
  mergeMessages(turn.threadId, [message]);
  changeThread(turn.threadId, { turn: null });
  if (store.get().current === turn.threadId) announceAnswer(message.content);
}

function fail(turn: RunningTurn, problem: Problem): void {
  turn.isFinished = true;
  changeEntry(turn.threadId, turn.answerKey, { status: "failed", problem });
  changeThread(turn.threadId, { turn: null });
  if (store.get().current === turn.threadId) announce(wordsFor(problem));
}

function begin(turn: RunningTurn, userMessage: MessageJson, answerId: string): void {
  bindEntry(turn.threadId, turn.questionKey, userMessage.id);
  bindEntry(turn.threadId, turn.answerKey, answerId);
  turn.answerId = answerId;
  mergeMessages(turn.threadId, [userMessage]);
  const before = threadOf(store.get(), turn.threadId).turn;
  if (before === null) return;
  changeThread(turn.threadId, { turn: { ...before, messageId: answerId } });
  // Somebody pressed stop before there was anything to stop.
  if (before.isStopping) void api.stopMessage(answerId).catch(() => undefined);
}

function append(turn: RunningTurn, text: string): void {
  const thread = threadOf(store.get(), turn.threadId);
  const answer = thread.entries.find((entry) => entry.key === turn.answerKey);
  // A reading of the whole thread may have been faster than the stream.
  if (answer?.status !== "writing" || thread.turn === null) return;
  changeEntry(turn.threadId, turn.answerKey, { text: answer.text + text });
  if (thread.turn.phase !== "writing") changeThread(turn.threadId, { turn: { ...thread.turn, phase: "writing" } });
}

function handle(turn: RunningTurn, event: ServerEvent): void {
  const data = JSON.parse(event.data) as Record<string, unknown>;
  switch (event.event) {
    case "conversation": {
      const conversation = data.conversation as ConversationJson;
      adoptDraft(turn.threadId, conversation);
      turn.threadId = conversation.id;
      break;
    }
    case "message.created":
      begin(turn, data.user_message as MessageJson, String(data.message_id));
      break;
    case "delta":
      append(turn, String(data.text ?? ""));
      break;
    case "message.completed":
      finish(turn, data.message as MessageJson);
      break;
    case "error":
      fail(turn, parseProblem(data));
      break;
    default:
      // Events of a later version of the server are none of this page's business.
      break;
  }
}

/** The message did not go out, as far as the page can know: it stays on screen with a way to send it again. */
function giveBack(turn: RunningTurn, problem: Problem, idempotencyKey: string): void {
  const { entries } = threadOf(store.get(), turn.threadId);
  // A refusal is final, so another attempt is another request; after a broken connection it has to be the same one.
  const nextKey = problem.status === 0 ? idempotencyKey : newKey();
  changeThread(turn.threadId, {
    turn: null,
    entries: entries
      .filter((entry) => entry.key !== turn.answerKey)
      .map((entry) =>
        entry.key === turn.questionKey ? { ...entry, status: "unsent", problem, idempotencyKey: nextKey } : entry,
      ),
  });
}

/** The connection broke before the server named the messages: look whether the question was stored, by its text. */
async function findQuestion(turn: RunningTurn, idempotencyKey: string): Promise<boolean> {
  const known = new Set(threadOf(store.get(), turn.threadId).entries.map((entry) => entry.messageId));
  try {
    await refreshThread(turn.threadId);
  } catch (error) {
    giveBack(turn, problemFrom(error), idempotencyKey);
    return false;
  }
  const { entries } = threadOf(store.get(), turn.threadId);
  const isStored = (entry: Entry) => entry.role === "user" && entry.text === turn.text && !known.has(entry.messageId);
  if (!entries.some(isStored)) {
    giveBack(turn, problemFrom(null), idempotencyKey);
    return false;
  }
  changeThread(turn.threadId, {
    entries: entries.filter((entry) => entry.key !== turn.questionKey && entry.key !== turn.answerKey),
  });
  return true;
}

/** The stream broke, the answer did not: the server goes on writing it, and the page reads it from there. */
async function recover(turn: RunningTurn, idempotencyKey: string): Promise<void> {
  if (isDraft(turn.threadId)) {
    giveBack(turn, problemFrom(null), idempotencyKey);
    return;
  }
  const before = threadOf(store.get(), turn.threadId).turn;
  if (before !== null) changeThread(turn.threadId, { turn: { ...before, phase: "recovering" } });
  if (turn.answerId === null && !(await findQuestion(turn, idempotencyKey))) return;
  await followAnswer(turn.threadId);
  const answer = threadOf(store.get(), turn.threadId).entries.findLast((entry) => entry.role === "assistant");
  if (answer !== undefined && store.get().current === turn.threadId) announceAnswer(answer.text);
}

async function run(turn: RunningTurn, idempotencyKey: string): Promise<void> {
  let isOpen = false;
  try {
    const conversationId = isDraft(turn.threadId) ? null : turn.threadId;
    const events = await api.openTurn(conversationId, turn.text, idempotencyKey);
    isOpen = true;
    for await (const event of events) {
      handle(turn, event);
      if (turn.isFinished) break;
    }
    if (!turn.isFinished) await recover(turn, idempotencyKey);
  } catch (error) {
    const problem = problemFrom(error);
    // A conflict means that the same request is under way: it did arrive the first time.
    const mayHaveArrived = isOpen || problem.status === 0 || problem.status === 409;
    if (mayHaveArrived && !isDraft(turn.threadId)) await recover(turn, idempotencyKey);
    else giveBack(turn, problem, idempotencyKey);
  }
  void refreshCredits();
  if (!isDraft(turn.threadId)) void refreshConversation(turn.threadId);
}

/** Sends a message in a thread and follows the answer until it is complete. */
export function sendMessage(threadId: string, text: string, idempotencyKey: string = newKey()): void {
  const thread = threadOf(store.get(), threadId);
  if (thread.turn !== null) return;
  const turn: RunningTurn = {
    threadId,
    text,
    questionKey: newKey(),
    answerKey: newKey(),
    answerId: null,
    isFinished: false,
  };
  const createdAt = new Date().toISOString();
  changeThread(threadId, {
    entries: [
      ...thread.entries,
      { ...blank, key: turn.questionKey, role: "user", text, status: "sending", createdAt, idempotencyKey },
      {
        ...blank,
        key: turn.answerKey,
        role: "assistant",
        text: "",
        status: "writing",
        createdAt,
        idempotencyKey: null,
      },
    ],
    turn: { answerKey: turn.answerKey, messageId: null, phase: "waiting", isStopping: false },
  });
  announce("Muse is answering.");
  void run(turn, idempotencyKey);
}

/** Takes an unsent message off the screen and gives its text, for editing. */
export function withdraw(threadId: string, entry: Entry): string {
  const { entries } = threadOf(store.get(), threadId);
  changeThread(threadId, { entries: entries.filter((other) => other.key !== entry.key) });
  return entry.text;
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
