import { setImmediate } from "node:timers/promises";
import { AppError, isAppError } from "../../domain/errors.ts";
import type { FinishReason, Message, MessageMetadata } from "../../domain/message.ts";
import { chatCostCredits } from "../../domain/plans.ts";
import type { ChatModel } from "../../ports/providers.ts";
import type { EventChannel } from "../event-channel.ts";
import { type CreditMeter, createCreditMeter, type TokenUsage } from "./credit-meter.ts";
import { type AnswerDraft, readAnswer } from "./read-answer.ts";
import { settleTurn } from "./settle-turn.ts";
import { completedEvent, type Prompt, shutdownReason, type TurnDependencies, type TurnEvent } from "./turn.ts";

/** How often a running turn looks for a stop from another instance, in ms. */
const watchIntervalMs = 400;
/** How often the text so far and a sign of life are stored, in ms. The contract promises 2 s. */
const saveIntervalMs = 1_200;
/** The longest a turn may take, in ms; it ends before the stream that shows it does. */
const turnDeadlineMs = 210_000;

interface RunningTurn {
  readonly answer: Message;
  readonly model: ChatModel;
  readonly prompt: Prompt;
  readonly heldCredits: number;
  readonly channel: EventChannel<TurnEvent>;
}

type Ending = "finished" | "stopped" | "shutdown" | "deadline" | "out_of_credits" | "lost";

/** What is known of an answer while it is written. */
interface Draft extends AnswerDraft {
  savedLength: number;
  savedAt: number;
  readonly meter: CreditMeter;
  ending: Ending;
}

/**
 * Writes the answer of a turn: provider → events and database, until the provider ends, a stop, the deadline or the end
 * of the credits. Ends the message exactly once and books it.
 * @throws only when the database is away; the message then stays open for the timer
 */
export async function runTurn(dependencies: TurnDependencies, turn: RunningTurn): Promise<void> {
  const { clock, runningTurns } = dependencies;
  const startedAt = clock.now().getTime();
  const draft: Draft = {
    text: "",
    savedLength: 0,
    savedAt: startedAt,
    meter: createCreditMeter(dependencies, {
      userId: turn.answer.user_id,
      resourceId: turn.answer._id,
      prompt: turn.prompt,
      heldCredits: turn.heldCredits,
    }),
    usage: undefined,
    finish: undefined,
    firstTokenMs: undefined,
    functionCalls: [],
    ending: "finished",
  };
  const stop = new AbortController();
  runningTurns.set(turn.answer._id, stop);
  const watching = new AbortController();
  const watcher = watch(dependencies, turn, draft, stop, watching.signal, startedAt);
  let failure: AppError | undefined;
  try {
    await readAnswer(dependencies, { ...turn, draft, stop: stop.signal, startedAt });
    // What was written goes out before the books are begun: a short answer comes all at once, its end with its beginning.
    await setImmediate();
    if (stop.signal.aborted && draft.ending === "finished") {
      draft.ending = stop.signal.reason === shutdownReason ? "shutdown" : "stopped";
    }
  } catch (error) {
    failure = isAppError(error) ? error : new AppError("internal", { cause: error });
    dependencies.logger.warn(
      { error: failure.cause ?? failure, code: failure.code, messageId: turn.answer._id },
      "provider failed",
    );
  } finally {
    watching.abort("ended");
    await watcher;
    runningTurns.delete(turn.answer._id);
  }
  if (draft.ending === "deadline") {
    failure = new AppError("provider_timeout", { detail: "The answer took longer than a turn may take." });
  }
  await endTurn(dependencies, turn, draft, failure, startedAt);
}

/** Beside the answer: stores what is written, notices a stop from elsewhere, the deadline and the end of the credits. */
async function watch(
  dependencies: TurnDependencies,
  turn: RunningTurn,
  draft: Draft,
  stop: AbortController,
  done: AbortSignal,
  startedAt: number,
): Promise<void> {
  const { clock, logger } = dependencies;
  const end = (ending: Ending) => {
    draft.ending = ending;
    stop.abort();
  };
  while (true) {
    await clock.sleep(watchIntervalMs, done);
    if (done.aborted) return;
    if (clock.now().getTime() - startedAt > turnDeadlineMs) return end("deadline");
    try {
      const state = await lookAndSave(dependencies, turn, draft);
      if (state !== "go_on") return end(state);
    } catch (error) {
      // The database may be back at the next look; the answer goes on meanwhile.
      logger.warn({ error, messageId: turn.answer._id }, "turn not saved");
    }
  }
}

async function lookAndSave(
  dependencies: TurnDependencies,
  turn: RunningTurn,
  draft: Draft,
): Promise<"go_on" | "stopped" | "lost" | "out_of_credits"> {
  const { messages, clock } = dependencies;
  const now = clock.now();
  if (now.getTime() - draft.savedAt < saveIntervalMs) {
    return (await messages.isStopRequested(turn.answer._id)) ? "stopped" : "go_on";
  }
  const length = draft.text.length;
  const saved = await messages.saveProgress({
    messageId: turn.answer._id,
    content: draft.text,
    functionCalls: [...draft.functionCalls],
    now,
  });
  if (saved === null) return "lost";
  if (saved.isStopRequested) return "stopped";
  const isPaid = draft.savedLength === length || (await draft.meter.cover(draft.text));
  draft.savedLength = length;
  draft.savedAt = now.getTime();
  return isPaid ? "go_on" : "out_of_credits";
}

async function endTurn(
  dependencies: TurnDependencies,
  turn: RunningTurn,
  draft: Draft,
  failure: AppError | undefined,
  startedAt: number,
): Promise<void> {
  const { messages, clock, imageLinks, logger } = dependencies;
  const { channel, model } = turn;
  const usage = await draft.meter.measure(draft.text, draft.usage);
  const tokens = usage.promptTokens + usage.completionTokens;
  const finishReason = finishReasonOf(draft, failure);
  // What a provider refuses or breaks off costs nothing, nor does what our own shutdown cuts.
  const isFree = failure !== undefined || finishReason === "content_filter" || draft.ending === "shutdown";
  const wanted = isFree ? 0 : chatCostCredits(tokens);
  const costCredits = await draft.meter.charge(wanted);
  const costUsd = priceUsd(model, usage);
  const now = clock.now();
  const metadata: MessageMetadata = {
    model: model.id,
    tokens,
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    finish_reason: finishReason,
    generation_time_ms: now.getTime() - startedAt,
    cost_credits: costCredits,
    omitted_messages: turn.prompt.omittedMessages,
    ...(draft.firstTokenMs === undefined ? {} : { first_token_ms: draft.firstTokenMs }),
    ...(failure === undefined ? {} : { error_code: failure.code }),
  };
  const ended = await messages.finish({
    messageId: turn.answer._id,
    status: failure === undefined ? "complete" : "failed",
    content: draft.text,
    isStopped: draft.ending === "stopped",
    functionCalls: draft.functionCalls,
    metadata,
    settlement: { cost_credits: costCredits, tokens: isFree ? 0 : tokens, cost_usd: isFree ? 0 : costUsd },
    now,
  });
  const final =
    ended ?? (await messages.find({ userId: turn.answer.user_id, messageId: turn.answer._id })) ?? turn.answer;
  try {
    await settleTurn(dependencies, final);
  } catch (error) {
    logger.warn({ error, messageId: final._id }, "turn not settled; the timer will");
  }
  if (failure !== undefined) {
    channel.close(failure);
    return;
  }
  channel.push(completedEvent(final, imageLinks));
  channel.close();
}

function finishReasonOf(draft: Draft, failure: AppError | undefined): FinishReason {
  if (failure !== undefined) return "error";
  if (draft.ending === "stopped" || draft.ending === "lost" || draft.ending === "shutdown") return "interrupted";
  if (draft.ending === "out_of_credits") return "length";
  return draft.finish === "tool_calls" ? "function_call" : (draft.finish ?? "stop");
}

function priceUsd(model: ChatModel, usage: TokenUsage): number {
  const microUsd =
    (usage.promptTokens * model.promptMicroUsdPerMillionTokens +
      usage.completionTokens * model.completionMicroUsdPerMillionTokens) /
    1_000_000;
  return Math.round(microUsd) / 1_000_000;
}
